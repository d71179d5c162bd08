import type { JobsOptions } from 'bullmq';
import fc from 'fast-check';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import type { Backend } from '../../src/queue/port.ts';
import type { Place } from './protocol-bench.ts';
import { cases, play } from './protocol-play.ts';
import { SILENT, unique } from './support.ts';

const CASES = Number(process.env['PROTOCOL_CASES'] ?? 10);
const CALM = 900;
const THROTTLED = 100;
/** PROTOCOL_SEED repeats the sequences of a run; their timing differs each time. */
const SEED = Number(process.env['PROTOCOL_SEED'] ?? Date.now() % 2 ** 31);

async function openPlace(): Promise<Place> {
  const prefix = `{${unique('tags')}}`;
  const redisUrl = inject('redisUrl');
  const backend = await openBackend(redisUrl, { log: SILENT, prefix });
  onTestFinished(async () => await backend.close());
  return { backend, redisUrl, prefix };
}

test('createReconcileProcessor() keeps its word in 10,000 interleavings of events, runs, failures and crashes', async () => {
  const place = await openPlace();
  let interleavings = 0;
  const property = fc.asyncProperty(cases(CALM, THROTTLED), async (one) => {
    interleavings += await play(place, one);
  });

  const startedMs = performance.now();
  // Shrinking a thousand sequences at once would take hours; the message holds the one that failed.
  const told = await fc.check(property, { numRuns: CASES, seed: SEED, endOnFailure: true });
  const tookS = (performance.now() - startedMs) / 1_000;

  console.info(`${interleavings} interleavings in ${tookS.toFixed(1)} s, PROTOCOL_SEED=${SEED}`);
  if (told.failed) throw new Error(`PROTOCOL_SEED=${SEED}: ${String(told.errorInstance)}`);
  expect(interleavings).toBe(CASES * (CALM + THROTTLED));
}, 240_000);

type Deduplication = NonNullable<JobsOptions['deduplication']>;

/** The same backend, whose jobs are deduplicated in another way. */
function withDeduplication(backend: Backend, change: (as: Deduplication) => object): Backend {
  return {
    ...backend,
    createQueue(name) {
      const queue = backend.createQueue(name);
      const add = queue.add.bind(queue);
      queue.add = async (job, data, { deduplication, ...opts } = {}) =>
        await add(job, data, { ...opts, ...(deduplication && change(deduplication)) });
      return queue;
    },
  };
}

test.concurrent.each([
  {
    fault: 'events during a run are dropped',
    change: ({ id }: Deduplication) => ({ deduplication: { id } }),
    seen: /had no run/,
  },
  {
    fault: 'an event replaces what waits',
    change: (as: Deduplication) => ({ deduplication: { ...as, replace: true } }),
    seen: /broke the back-off|attempt 1 where/,
  },
  {
    fault: 'nothing is deduplicated',
    change: () => ({}),
    seen: /two runs at once|nothing asked for/,
  },
])(
  'the model notices when $fault',
  async ({ change, seen }) => {
    const place = await openPlace();
    const backend = withDeduplication(place.backend, change);
    // Some faults show only when an event comes at the right moment, which takes more than one round.
    const rounds = fc.sample(cases(45, 5), { numRuns: 20, seed: SEED });

    const broken = (async () => {
      for (const round of rounds) await play({ ...place, backend }, round);
    })();

    await expect(broken).rejects.toThrow(seen);
  },
  60_000,
);
