import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { readSavedPlan } from '../../src/cli/saved-plan.ts';
import {
  type JobName,
  parseJob,
  reconcileJob,
  refreshJob,
  sweepJob,
  tickPayload,
} from '../../src/queue/jobs.ts';
import { encode } from '../../src/store/codec.ts';
import { encodeFact } from '../../src/store/facts.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import type { Store } from '../../src/store/store.ts';
import { anOperation, aRecord, aRun, aStart, aTarget, noon } from '../store/samples.ts';
import { type Dump, restoreRedis } from './previous/dump.ts';

const FOLDER = 'test/fixtures/previous';

function recorded(name: string): unknown {
  return JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'));
}

/** What a job or record has to be for the previous release to read it. */
function readsOfBefore(name: string): z.ZodType {
  const schemas = recorded('schemas') as Readonly<Record<string, z.core.JSONSchema.JSONSchema>>;
  const schema = schemas[name];
  if (schema === undefined) throw new Error(`no schema of "${name}" was recorded`);
  return z.fromJSONSchema(schema);
}

describe('jobs across releases', () => {
  const before = recorded('jobs') as Readonly<Record<JobName, unknown>>;
  const names = Object.keys(before) as JobName[];

  test('the previous release had all kinds of jobs', () => {
    expect(names.toSorted()).toEqual(['reconcile', 'refresh', 'sweep', 'tick']);
  });

  test.each(names)('parseJob() reads the %s job of the previous release', (name) => {
    expect(parseJob(name, { id: '1', data: before[name] })).toEqual(before[name]);
  });

  const cause = { correlationId: 'c', revision: 'sha256:1' };
  const pass = { ...cause, target: aTarget(), reason: 'webhook' } as const;
  const sweep = { ...cause, policy: 'shop', reason: 'revision' } as const;

  test.each([
    { name: 'tick', data: { ...tickPayload('shop', 'schedule', 'sha256:1'), correlationId: 'c' } },
    { name: 'sweep', data: sweepJob({ ...sweep, askedAt: noon().toISOString() }, 5, 0).data },
    {
      name: 'reconcile',
      data: reconcileJob({ ...pass, attributes: null, observedAt: null }, 5).data,
    },
    {
      name: 'reconcile',
      data: reconcileJob(
        {
          ...pass,
          attributes: { name: 'web' },
          observedAt: noon().toISOString(),
          isPartial: true,
          fingerprint: 'f',
          putOffAfter: 2,
        },
        5,
        7,
      ).data,
    },
    { name: 'refresh', data: refreshJob({ correlationId: 'c', commit: null }, 5).data },
  ])('the previous release reads a $name job of this one (%#)', ({ name, data }) => {
    const json: unknown = JSON.parse(JSON.stringify(data));

    expect(readsOfBefore(name).safeParse(json).error).toBeUndefined();
    expect(readsOfBefore(name).safeParse({ ...data, v: 2 }).success).toBe(false);
  });
});

describe('the store across releases', () => {
  const prefix = `{previous-${process.pid}}`;
  let redis: Redis;
  let store: Store;

  beforeEach(async () => {
    redis = new Redis(inject('redisUrl'));
    await restoreRedis(redis, `${prefix}:store:`, recorded('store') as Dump);
    store = createRedisStore({ redis, prefix });
  });

  afterEach(async () => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(...keys);
    redis.disconnect();
  });

  test('createRedisStore() reads records, runs, pauses and counters of the previous release', async () => {
    expect(await store.target(aTarget())).toMatchObject({
      status: 'in-sync',
      baseline: 9,
      passedAt: noon(),
      pending: [anOperation()],
    });
    expect(await store.begin(aTarget(), aStart(), noon())).toMatchObject({
      baseline: 9,
      isOfNewerRelease: false,
    });
    expect(await store.run('run-1')).toMatchObject({
      ...aRun(),
      endedAt: noon(1),
      operations: [{ operation: anOperation(), outcome: { status: 'applied', attempts: 1 } }],
    });
    expect(await store.pauses()).toMatchObject([{ scope: { type: 'policy', policy: 'shop' } }]);
    expect((await store.standings(['shop'])).states.get('in_sync')).toBe(1);
    expect(await store.learned('swr', 'deletes')).toBe('by-tag');
  });

  test('finish() goes on from the record of the previous release', async () => {
    await store.finish(aRecord({ passedAt: noon(5), since: noon(5) }), null);

    const record = await store.target(aTarget());
    expect(record).toMatchObject({ since: noon(), baseline: 9, runId: 'run-1' });
  });

  test.each([
    { name: 'record', text: encode(aRecord({ baseline: 3, pending: [anOperation()] })) },
    { name: 'run', text: encode(aRun()) },
    { name: 'intent', text: encode({ operation: anOperation(), intendedAt: noon() }) },
    { name: 'outcome', text: encode({ status: 'skipped', reason: 'paused', held: true }) },
    {
      name: 'pause',
      text: encode({ scope: { type: 'deletes' }, reason: 'x', by: 'guard', since: noon() }),
    },
    {
      name: 'fact',
      text: encodeFact({
        digest: `sha256:${'0'.repeat(64)}`,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        createdAt: noon(),
        platforms: ['linux/amd64'],
        artifactType: null,
        subject: null,
        children: [],
      }),
    },
  ])('the previous release reads a $name that this one keeps', ({ name, text }) => {
    const json = JSON.parse(text) as Readonly<Record<string, unknown>>;

    expect(json['v']).toBe(1);
    expect(readsOfBefore(name).safeParse(json).error).toBeUndefined();
  });
});

describe('plan files across releases', () => {
  test('readSavedPlan() reads a plan of the previous release', async () => {
    const { digests, policyRevision } = await readSavedPlan(`${FOLDER}/plan.json`, null);

    expect([...digests.keys()].toSorted()).toEqual([
      'ims-north/67e17426-359e-49fb-aa12-000000000000',
      'swr-north/shop/app-0',
    ]);
    expect(policyRevision).toMatch(/^sha256:/);
  });
});
