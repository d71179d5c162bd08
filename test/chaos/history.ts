import { createHash, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RunHeader } from '../../src/model/history.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Target } from '../../src/model/target.ts';
import { DEFAULT_PREFIX } from '../../src/queue/redis-connect.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { type FleetSize, imageId, repositoryName, targetsOf } from './fleet.ts';

const AT_ONCE = 20;

/** Fills a history with as many runs as drifts would leave: one a second until now, each with the write that mended it. */
export async function fillHistory(url: string, size: FleetSize, runs: number): Promise<void> {
  const redis = new Redis(url);
  try {
    const store = await openStore({ type: 'redis', redis, prefix: DEFAULT_PREFIX });
    const startMs = Date.now() - runs * 1_000;
    for (let first = 0; first < runs; first += AT_ONCE) {
      const length = Math.min(AT_ONCE, runs - first);
      const some = Array.from({ length }, (_, index) => first + index);
      await Promise.all(
        some.map(
          async (at) => await leaveRun(store, size, { at, when: new Date(startMs + at * 1_000) }),
        ),
      );
    }
  } finally {
    redis.disconnect();
  }
}

async function leaveRun(
  store: Store,
  size: FleetSize,
  { at, when }: { readonly at: number; readonly when: Date },
): Promise<void> {
  const index = at % targetsOf(size);
  const isImage = index < size.images;
  const target: Target = isImage
    ? { account: 'ims-north', path: imageId(index) }
    : { account: 'swr-north', path: repositoryName(index - size.images) };
  const run: RunHeader = {
    id: randomUUID(),
    target,
    startedAt: when,
    cause: 'schedule',
    correlationId: randomUUID(),
    revision: digest('policies'),
    planDigest: digest(`plan ${at}`),
  };
  await store.intend(run, 0, isImage ? REBINDING : MOVE, when);
  await store.settle(run.id, 0, { status: 'applied', attempts: 1 });
  await store.endRun(run.id, when);
}

const REBINDING: Operation = {
  type: 'add',
  tag: 'stage',
  policy: 'images',
  rule: 'tags.ensure.stage',
  mode: 'sync',
  because: 'ensure wants "prod"',
  value: 'prod',
  replaces: 'dev',
};

const MOVE: Operation = {
  type: 'copy',
  tag: 'stable',
  policy: 'repositories',
  rule: 'channels[0]',
  mode: 'sync',
  because: 'newest version matching >=1.0.0',
  from: 'v1.2.0',
  value: digest('v1.2.0'),
  replaces: digest('v1.0.0'),
};

function digest(text: string): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
