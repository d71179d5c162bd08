import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { z } from 'zod';
import {
  reconcileJob,
  refreshJob,
  SCHEMAS,
  sweepJob,
  tickPayload,
} from '../../../src/queue/jobs.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { createRedisStore } from '../../../src/store/redis.ts';
import {
  FactSchema,
  IntentSchema,
  OutcomeSchema,
  PauseSchema,
  RecordSchema,
  RunHeaderSchema,
} from '../../../src/store/schemas.ts';
import { anOperation, aRecord, aRun, aTarget, noon } from '../../store/samples.ts';
import { fleetPolicies, fleetSeed } from '../../support/fleet.ts';
import { startRedis } from '../../support/redis.ts';
import { runTagwarden } from '../../support/service-process.ts';
import { createWorkspace, KEY_ENV } from '../../support/workspace.ts';
import { dumpRedis } from './dump.ts';

/**
 * `node test/integration/previous/record.ts FOLDER`: writes down, for the tests of the release to come, what this one keeps in queue,
 * store and plan files, and by which schemas it reads them. docs/releasing.md says when.
 */
async function record(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  write('jobs.json', jobs());
  write('schemas.json', schemas());
  write('store.json', await store());
  write('plan.json', await plan());
}

function jobs() {
  const cause = { correlationId: 'sweep-1', revision: 'sha256:1' };
  const pass = {
    ...cause,
    target: aTarget(),
    reason: 'schedule',
    attributes: { name: 'web' },
    observedAt: noon().toISOString(),
    askedAt: noon().toISOString(),
  } as const;
  const sweep = {
    ...cause,
    policy: 'shop',
    reason: 'manual',
    askedAt: noon().toISOString(),
  } as const;
  return {
    tick: tickPayload('shop', 'schedule', 'sha256:1'),
    sweep: sweepJob(sweep, 5, 0).data,
    reconcile: reconcileJob(pass, 5).data,
    refresh: refreshJob({ correlationId: 'push-1', commit: 'a1b2' }, 5).data,
  };
}

/** As JSON Schema of what is taken in; other keys are allowed. */
function schemas() {
  const store = {
    record: RecordSchema,
    intent: IntentSchema,
    outcome: OutcomeSchema,
    run: RunHeaderSchema,
    pause: PauseSchema,
    fact: FactSchema,
  };
  const told = { ...SCHEMAS, ...store } satisfies Readonly<Record<string, z.ZodType>>;
  return Object.fromEntries(
    Object.entries(told).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: 'input' })]),
  );
}

async function store() {
  const server = await startRedis();
  const redis = new Redis(server.url);
  try {
    const kept = createRedisStore({ redis, prefix: '{tags}' });
    const run = aRun();
    const pending = { pending: [anOperation()], pendingCount: 1 };
    await kept.begin(aTarget(), { crash: null, process: 'here' }, noon());
    const standing = { state: 'in_sync', policies: ['shop'], at: noon() } as const;
    await kept.finish(aRecord({ baseline: 9, runId: run.id, ...pending }), noon(1), standing);
    await kept.intend(run, 0, anOperation(), noon());
    await kept.settle(run.id, 0, { status: 'applied', attempts: 1 });
    await kept.endRun(run.id, noon(1));
    await kept.pause({
      scope: { type: 'policy', policy: 'shop' },
      reason: 'x',
      by: 'cli',
      since: noon(),
    });
    await kept.quarantine(aTarget('shop/bad'), noon());
    await kept.firstSeen(aTarget(), ['v1'], noon());
    await kept.learn('swr', 'deletes', 'by-tag');
    return await dumpRedis(redis, '{tags}:store:');
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

async function plan(): Promise<unknown> {
  const simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 1 }) });
  const policies = fleetPolicies();
  const queueUrl = 'redis://127.0.0.1:1';
  const workspace = await createWorkspace({ simulator, queueUrl, policies });
  try {
    const out = join(workspace.folder, 'plan.json');
    const args = ['plan', '--config', workspace.configFile, '--out', out];
    const { code, stderr } = await runTagwarden(args, KEY_ENV);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    await workspace.remove();
    await simulator.close();
  }
}

await record(process.argv[2] ?? 'test/fixtures/previous');
