import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed } from '../support/fleet.ts';
import { loadedPackages, SPIED } from '../support/import-spy.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { runTagwarden } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

/** What takes long to load, or talks to somebody. A command that needs none of it must not wait for it. */
const HEAVY = [
  'bullmq',
  'fastify',
  '@electric-sql/pglite',
  'pg',
  'ioredis',
  'undici',
  'cockatiel',
  'limiter',
  'pino',
  'prom-client',
  'simple-git',
  '@opentelemetry/api',
];
/** Of a target on paper. */
const EXPLAIN = (
  'explain swr-north/platform/runner ci-1 --policies policies --snapshot policies/tests/ci-retention.yaml ' +
  '--test ci-retention-deletes-old-builds-only'
).split(' ');
/** What a request to a cloud takes. */
const CLOUDS = ['cockatiel', 'limiter', 'undici'];

describe('a command', () => {
  const bench: { simulator?: Simulator; workspace?: Workspace } = {};

  beforeAll(async () => {
    bench.simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 1 }) });
    bench.workspace = await createWorkspace({
      simulator: bench.simulator,
      queueUrl: await emptyDatabase(inject('redisUrl')),
      policies: fleetPolicies('10s'),
    });
  }, 60_000);

  afterAll(async () => {
    await bench.simulator?.close();
    await bench.workspace?.remove();
  });

  const configured = (): string[] => ['--config', bench.workspace?.configFile ?? ''];

  test.each<[string, readonly string[], readonly string[]]>([
    ['nothing', ['--help'], []],
    ['nothing', ['version'], []],
    ['nothing', ['schema', 'config'], []],
    ['nothing', ['completion', 'bash'], []],
    ['nothing', ['validate', 'policies'], []],
    ['nothing', ['test', 'policies/tests/ci-retention.yaml', '--policies', 'policies'], []],
    ['nothing', EXPLAIN, []],
    ['what asks clouds', ['plan', 'CONFIGURED'], CLOUDS],
    ['what asks clouds and Redis', ['doctor', 'CONFIGURED'], [...CLOUDS, 'ioredis']],
    ['what asks Redis', ['history', 'CONFIGURED'], ['ioredis']],
    ['what asks Redis and its queues', ['status', 'CONFIGURED'], ['bullmq', 'ioredis']],
  ])(
    'loads %s for %j',
    async (_, words, wanted) => {
      const args = words.flatMap((word) => (word === 'CONFIGURED' ? configured() : [word]));

      const { code, stderr } = await runTagwarden(args, { ...KEY_ENV, ...SPIED });

      const loaded = loadedPackages(stderr);
      expect([code, stderr.split('\n').filter((line) => line.startsWith('error'))]).toEqual([
        0,
        [],
      ]);
      expect(loaded).toContain('commander');
      expect(loaded.filter((name) => HEAVY.includes(name))).toEqual(wanted.toSorted());
    },
    30_000,
  );
});
