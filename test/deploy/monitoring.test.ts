import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configOf, FILLED, ROLES, serviceOf } from './compose-file.ts';

describe('the profile monitoring of deploy/compose.yaml', () => {
  const Scrape = z.object({
    rule_files: z.array(z.string()),
    scrape_configs: z.array(
      z.looseObject({
        dns_sd_configs: z.array(z.looseObject({ names: z.array(z.string()), port: z.int() })),
      }),
    ),
  });
  const mountsOf = (name: string) =>
    serviceOf(name).volumes.map((one) => one.split(':').slice(0, 2));

  test('scrapes every role on the port of its metrics, and loads the alerts', () => {
    const { rule_files, scrape_configs } = Scrape.parse(
      parse(readFileSync('deploy/monitoring/prometheus.yaml', 'utf8')),
    );
    const [found] = scrape_configs.flatMap((one) => one.dns_sd_configs);

    expect(found?.names.toSorted()).toEqual([...ROLES].toSorted());
    expect(found?.port).toBe(configOf(FILLED).server.port);
    expect(mountsOf('prometheus')).toEqual(
      expect.arrayContaining([['./alerts.yaml', rule_files[0]]]),
    );
    expect(serviceOf('prometheus').command).toContain(
      '--config.file=/etc/prometheus/prometheus.yaml',
    );
  });

  test('gives Grafana the Prometheus of this file and a dashboard where it looks for one', () => {
    const { datasources } = z
      .looseObject({ datasources: z.array(z.looseObject({ url: z.string() })) })
      .parse(parse(readFileSync('deploy/monitoring/datasource.yaml', 'utf8')));
    const { providers } = z
      .looseObject({
        providers: z.array(z.looseObject({ options: z.object({ path: z.string() }) })),
      })
      .parse(parse(readFileSync('deploy/monitoring/dashboards.yaml', 'utf8')));
    const { hostname, port } = new URL(datasources[0]?.url ?? '');

    expect(serviceOf(hostname).ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(mountsOf('grafana')).toEqual(
      expect.arrayContaining([
        ['./dashboard.json', `${providers[0]?.options.path}/tagwarden.json`],
      ]),
    );
    expect(() => JSON.parse(readFileSync('deploy/dashboard.json', 'utf8'))).not.toThrow();
  });
});
