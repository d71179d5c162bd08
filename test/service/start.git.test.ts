import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aFolder, aServer } from '../sources/git-bench.ts';
import { eventually, fleetPolicies, outOfPlace } from '../support/fleet.ts';
import { scrape, serviceFleet } from './service-fleet.ts';

const SIZE = { images: 6, repositories: 3 };

describe('startService() with policies in git', () => {
  const fleet = serviceFleet({ size: SIZE, interval: '1h' });

  test('startService() converges on a commit, and keeps its policies when the next one empties their folder', async () => {
    const { simulator, start } = fleet();
    const server = await aServer({ credential: 'git:canary-git-token' });
    const texts = fleetPolicies('1h');
    const files = Object.entries(texts).map(([name, text]) => [`prod/${name}`, text] as const);
    await server.commit(Object.fromEntries(files));
    const tokenFile = join(await aFolder(), 'token');
    await writeFile(tokenFile, 'canary-git-token\n');
    const git = {
      url: server.url,
      path: 'prod',
      interval: '1s',
      timeout: '2s',
      allowLoopbackHttp: true,
      auth: { token: { file: tokenFile } },
    };

    const { service, lines } = await start({ policies: { git } });
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      30_000,
      () => 'targets are not in place',
    );
    const writes = simulator.journal.executed().length;
    await server.commit({ prod: null, README: 'gone' });
    await eventually(
      () => lines.some(({ msg }) => String(msg).startsWith('policy set refused')),
      10_000,
      () => 'the empty folder was not noticed',
    );
    const loads = await scrape(service, 'tagwarden_policy_loads_total');

    expect(loads['{result="empty"}']).toBeGreaterThan(0);
    expect(simulator.journal.executed().length).toBe(writes);
    expect(JSON.stringify(lines)).not.toContain('canary-git-token');
    expect(JSON.stringify(lines)).toContain('main@sha1:');
  }, 60_000);
});
