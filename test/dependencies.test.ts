import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

/** Issue 8: what an operator installs beside the bundle, the product itself included. */
const MOST = 60;

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean().default(false), devOptional: z.boolean().default(false) }),
  ),
});
const lock = Lock.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
const { dependencies } = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** As `npm ls --omit=dev --all --parseable` counts them, optional ones of all platforms included. */
const production = Object.entries(lock.packages)
  .filter(([, { dev, devOptional }]) => !dev && !devOptional)
  .map(([path]) => path);

describe('what is installed with the product', () => {
  test(`is at most ${MOST} packages`, () => {
    expect(production).toContain('');
    expect(production.length).toBeGreaterThan(Object.keys(dependencies).length);
    expect(production.length).toBeLessThanOrEqual(MOST);
  });

  test('is in exact versions', () => {
    expect(Object.values(dependencies).filter((one) => !/^\d+\.\d+\.\d+$/.test(one))).toEqual([]);
  });

  test('has no second copy of what the bundle contains', () => {
    const again = ['bullmq', 'bullmq-otel', 'ioredis', 'fastify', 'pino', 'prom-client', 'zod'];

    expect(production.filter((path) => again.some((name) => path.endsWith(`/${name}`)))).toEqual(
      [],
    );
  });
});
