import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome, ReportStatus } from '../../src/model/report.ts';
import { createMemoryStore, type ModelStore as Model } from './memory-store.ts';
import { anOperation, aRecord, aRun, aTarget, MINUTE_MS, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

/** One call of both; what they answer must be equal. */
class Call implements fc.AsyncCommand<Model, Model> {
  readonly #name: string;
  readonly #make: (store: Model) => Promise<unknown>;

  constructor(name: string, make: (store: Model) => Promise<unknown>) {
    this.#name = name;
    this.#make = make;
  }

  check = () => true;

  async run(model: Model, real: Model): Promise<void> {
    assert.deepStrictEqual(await this.#make(real), await this.#make(model));
  }

  toString(): string {
    return this.#name;
  }
}

const targets = fc.constantFrom(aTarget('a'), aTarget('b'), aTarget('a', 'ims'));
const times = fc.nat({ max: 12 }).map((tens) => noon(tens * 10 * MINUTE_MS));
const processes = fc.constantFrom('p1', 'p2', 'p3');
const statuses = fc.constantFrom<ReportStatus>('in-sync', 'drifted', 'refused', 'unknown');
const tags = fc.subarray(['v1', 'v2', 'v3']);
const runIds = fc.constantFrom('r1', 'r2', 'r3');
const seqs = fc.nat({ max: 3 });
const outcomes = fc.constantFrom<Outcome>(
  { status: 'applied', attempts: 1 },
  { status: 'skipped', reason: 'no' },
);
const scopes = fc.constantFrom(
  { type: 'all' } as const,
  { type: 'policy', policy: 'p' } as const,
  { type: 'targets', glob: '**' } as const,
);
const option = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });

/** A run keeps its target and its start, whoever writes it down. */
function theRun(id: string) {
  const at = Number(id.slice(1)) >> 1; // r2 and r3 start at once
  return aRun({ id, target: aTarget(id === 'r1' ? 'a' : 'b'), startedAt: noon(at * MINUTE_MS) });
}

const calls: fc.Arbitrary<Call>[] = [
  fc
    .record({
      target: targets,
      status: statuses,
      passedAt: times,
      since: times,
      runId: option(runIds),
      baseline: option(fc.nat({ max: 5_000 })),
    })
    .chain((fields) =>
      option(times).map(
        (dueAt) =>
          new Call(`finish(${JSON.stringify({ ...fields, dueAt })})`, async (store) => {
            await store.finish(aRecord(fields), dueAt);
            return await store.target(fields.target);
          }),
      ),
    ),
  targets.map((target) => new Call(`forget(${target.path})`, (store) => store.forget(target))),
  // Twice as often as anything else, or too few would meet.
  ...[0, 1].map(() =>
    fc
      .tuple(targets, option(fc.constantFrom('c1', 'c2', 'c3')), processes, times)
      .map(
        ([target, crash, process, now]) =>
          new Call(`begin(${target.path}, ${crash}, ${process}, ${now.toISOString()})`, (store) =>
            store.begin(target, { crash, process }, now),
          ),
      ),
  ),
  fc
    .tuple(fc.subarray([aTarget('a'), aTarget('b'), aTarget('a', 'ims')]), processes, times)
    .map(
      ([several, process, now]) =>
        new Call(`begin(${several.length} at once, ${process}, ${now.toISOString()})`, (store) =>
          Promise.all(
            several.map(async (target) => await store.begin(target, { crash: null, process }, now)),
          ),
        ),
    ),
  processes.map((process) => new Call(`heard(${process})`, (store) => store.heard(process))),
  fc
    .tuple(option(statuses), option(fc.constantFrom('swr', 'ims')), fc.integer({ min: 1, max: 3 }))
    .map(
      ([status, account, limit]) =>
        new Call(`targets(${status}, ${account}, ${limit})`, async (store) => {
          const first = await store.targets({ status, account, after: null, limit });
          if (first.next === null) return first;
          return [first, await store.targets({ status, account, after: first.next, limit })];
        }),
    ),
  times.map((now) => new Call(`counts(${now.toISOString()})`, (store) => store.counts(now))),
  times.map(
    (now) =>
      new Call(`takeOverdue(${now.toISOString()})`, async (store) => {
        const taken = await store.takeOverdue({ now, limit: 9, againMs: 30 * MINUTE_MS });
        return taken.map(({ account, path }) => `${account}/${path}`).toSorted();
      }),
  ),
  fc
    .tuple(targets, times)
    .map(
      ([target, until]) =>
        new Call(`quarantine(${target.path}, ${until.toISOString()})`, (store) =>
          store.quarantine(target, until),
        ),
    ),
  targets.map((target) => new Call(`release(${target.path})`, (store) => store.release(target))),
  times.map((now) => new Call(`quarantined(${now.toISOString()})`, (s) => s.quarantined(now))),
  fc
    .tuple(runIds, seqs, times)
    .map(
      ([id, seq, at]) =>
        new Call(`intend(${id}, ${seq})`, (store) =>
          store.intend(theRun(id), seq, anOperation(`v${seq}`), at),
        ),
    ),
  fc
    .tuple(runIds, seqs, outcomes)
    .map(
      ([id, seq, outcome]) =>
        new Call(`settle(${id}, ${seq}, ${outcome.status})`, (store) =>
          store.settle(id, seq, outcome),
        ),
    ),
  fc.tuple(runIds, times).map(
    ([id, at]) =>
      new Call(`endRun(${id})`, async (store) => {
        await store.endRun(id, at);
        return await store.run(id);
      }),
  ),
  fc.tuple(option(targets), fc.integer({ min: 1, max: 3 })).map(
    ([target, limit]) =>
      new Call(`runs(${target?.path}, ${limit})`, async (store) => {
        const first = await store.runs({ target, after: null, limit });
        if (first.next === null) return first;
        return [first, await store.runs({ target, after: first.next, limit })];
      }),
  ),
  fc
    .tuple(times, fc.nat({ max: 3 }))
    .map(
      ([before, maxRuns]) =>
        new Call(`prune(${before.toISOString()}, ${maxRuns})`, (store) =>
          store.prune({ before, maxRuns }),
        ),
    ),
  fc.tuple(scopes, fc.string({ maxLength: 3 })).map(
    ([scope, reason]) =>
      new Call(`pause(${scope.type})`, async (store) => {
        await store.pause({ scope, reason, by: 'cli', since: noon() });
        return await store.pauses();
      }),
  ),
  scopes.map((scope) => new Call(`resume(${scope.type})`, (store) => store.resume(scope))),
  fc
    .tuple(fc.nat({ max: 90 }), fc.constantFrom(10, 100))
    .map(
      ([count, maxPercent]) =>
        new Call(`takeDeletes(${count}, ${maxPercent})`, (store) =>
          store.takeDeletes(count, { maxPerHour: 300, maxPercent }),
        ),
    ),
  fc
    .tuple(targets, tags, times)
    .map(
      ([target, names, now]) =>
        new Call(`firstSeen(${target.path}, ${names.join()}, ${now.toISOString()})`, (store) =>
          store.firstSeen(target, names, now),
        ),
    ),
];

export function modelContract(bench: () => StoreBench): void {
  test('any sequence of calls answers as the model does', async () => {
    const law = fc.asyncProperty(fc.commands(calls, { maxCommands: 40 }), async (commands) => {
      await bench().clear();
      const setup = () => ({ model: createMemoryStore(), real: bench().store });

      await fc.asyncModelRun(setup, commands);
    });

    await expect(fc.assert(law, { numRuns: 150 })).resolves.toBeUndefined();
  }, 60_000);
}
