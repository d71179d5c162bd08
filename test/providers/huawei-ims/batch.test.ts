import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ReconcileError } from '../../../src/model/errors.ts';
import type { Operation } from '../../../src/model/plan.ts';
import type { Target } from '../../../src/model/target.ts';
import type { WriteCheck } from '../../../src/providers/provider.ts';
import type { FaultRule } from '../../../src/simulator/faults.ts';
import { freely } from '../../support/write-check.ts';
import { add, type Cloud, IMAGE, remove, startCloud, TARGET } from './support/cloud.ts';

const BATCH = 'BatchAddOrDeleteTags';
const calm = (): AbortSignal => new AbortController().signal;
const ABC = { a: '1', b: '1', c: '1' };

async function cloudWith(tags: Readonly<Record<string, string>>): Promise<Cloud> {
  const cloud = await startCloud(tags);
  onTestFinished(() => cloud.close());
  return cloud;
}

/** `done` or the code, of each operation. */
async function together(
  { provider }: Cloud,
  operations: readonly Operation[],
  options: {
    readonly check?: WriteCheck;
    readonly signal?: AbortSignal;
    readonly target?: Target;
  } = {},
): Promise<string[]> {
  const { check = freely, signal = calm(), target = TARGET } = options;
  const writes = operations.map((operation) => ({ operation, check }));
  const results = (await provider.batch?.perform(target, writes, signal)) ?? [];
  return results.map((result) =>
    result.status === 'fulfilled' ? `done in ${result.value.attempts}` : codeOf(result.reason),
  );
}

function codeOf(error: unknown): string {
  return error instanceof ReconcileError ? error.code : String(error);
}

const addsOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([key, value]) => add(key, value));
const removesOf = (tags: Readonly<Record<string, string>>) => Object.keys(tags).map(remove);
const held = ({ simulator }: Cloud) => simulator.world.imageTags(IMAGE);
const requestsOf = ({ simulator }: Cloud) =>
  simulator.requests.list.map(({ operation }) => operation);
const executedOf = ({ simulator }: Cloud) =>
  simulator.journal.executed().map(({ operation, key }) => `${operation} ${key}`);

describe('a batch of IMS tags', () => {
  test('adds and replaces in one request', async () => {
    const cloud = await cloudWith({ a: '0', note: 'n' });

    expect(await together(cloud, addsOf(ABC))).toEqual(['done in 1', 'done in 1', 'done in 1']);
    expect(held(cloud)).toEqual({ ...ABC, note: 'n' });
    expect(requestsOf(cloud)).toEqual([BATCH]);
  });

  test('deletes in one request, and does not mind a key that is gone', async () => {
    const cloud = await cloudWith({ a: '1', b: '1', note: 'n', 'x/../y': '1' });

    const results = await together(cloud, ['a', 'b', 'gone', 'x/../y'].map(remove));

    expect(new Set(results)).toEqual(new Set(['done in 1']));
    expect(held(cloud)).toEqual({ note: 'n' });
    expect(requestsOf(cloud)).toEqual([BATCH]);
  });

  test('sends a key that a batch cannot carry by itself', async () => {
    const long = 'k'.repeat(128);
    const cloud = await cloudWith({ a: '1', b: '1', [long]: '1' });

    const removed = await together(cloud, ['a', long, 'b', ''].map(remove));
    const added = await together(cloud, [add('c', 'v'.repeat(44)), add('d', '1'), add('e', '1')]);

    expect(removed).toEqual(['done in 1', 'done in 1', 'done in 1', 'PROVIDER_REJECTED']);
    expect(added).toEqual(['PROVIDER_REJECTED', 'done in 1', 'done in 1']);
    expect(requestsOf(cloud)).toEqual([BATCH, 'DeleteImageTag', BATCH]);
    expect(held(cloud)).toEqual({ d: '1', e: '1' });
  });

  test('repeats only what a batch that was carried out in part left undone', async () => {
    const cloud = await cloudWith({ note: 'n' });
    cloud.simulator.faults.add({ kind: 'partial', operation: BATCH });

    expect(await together(cloud, addsOf({ ...ABC, d: '1' }))).toEqual([
      'done in 1',
      'done in 1',
      'done in 1',
      'done in 1',
    ]);
    expect(requestsOf(cloud)).toEqual([BATCH, 'ListImageTags', BATCH]);
    expect(executedOf(cloud)).toEqual(['add a', 'add b', 'add c', 'add d']);
  });

  test.each<[string, Partial<FaultRule>, readonly string[]]>([
    ['a code of the gateway', { status: 404, code: 'APIGW.0101' }, ['no-such-call']],
    ['the same with 400', { status: 400, code: 'APIG.0101' }, ['no-such-call']],
    ['404 of a front', { status: 404, code: 'NotFound' }, ['no-such-call']],
    ['405', { status: 405, code: 'MethodNotAllowed' }, ['no-such-call']],
    ['501', { status: 501, code: 'NotImplemented' }, ['no-such-call']],
    ['404 of IMS itself', { status: 404, code: 'IMG.0031' }, []],
    ['400', { status: 400, code: 'IMG.0115' }, []],
  ])('goes key by key after %s, and remembers a missing call', async (_, rule, missing) => {
    const cloud = await cloudWith({ note: 'n' });
    cloud.simulator.faults.add({ kind: 'status', operation: BATCH, ...rule });

    const first = await together(cloud, addsOf({ a: '1', b: '1' }));
    cloud.simulator.requests.reset();
    await together(cloud, removesOf({ a: '1', b: '1' }));

    expect(first).toEqual(['done in 1', 'done in 1']);
    const single = ['DeleteImageTag', 'DeleteImageTag'];
    expect(requestsOf(cloud)).toEqual(missing.length > 0 ? single : [BATCH]);
    expect(held(cloud)).toEqual({ note: 'n' });
  });

  test('gives each key an outcome of its own when one of them is bad', async () => {
    const cloud = await cloudWith({ note: 'n' });

    const results = await together(cloud, [add('a', '1'), add('b=', '1'), add('c', '1')]);

    expect(results).toEqual(['done in 1', 'PROVIDER_REJECTED', 'done in 1']);
    expect(held(cloud)).toEqual({ a: '1', c: '1', note: 'n' });
  });

  test('asks for no other key once the cloud has throttled one of them for good', async () => {
    const cloud = await cloudWith({});
    cloud.simulator.world.switches.ims.batchMissing = '405';
    const throttled = { kind: '429', operation: 'AddImageTag', times: Infinity } as const;
    cloud.simulator.faults.add({ ...throttled, skip: 1 });

    const results = await together(cloud, addsOf(ABC));

    expect(results).toEqual(['done in 1', 'PROVIDER_THROTTLED', 'PROVIDER_THROTTLED']);
    // One, and five of the next.
    expect(requestsOf(cloud).filter((call) => call === 'AddImageTag')).toHaveLength(6);
  });

  test.each([true, false])(
    'adds up to the cap, key by key (batches atomic: %s)',
    async (atomic) => {
      const nine = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, 'x']));
      const cloud = await cloudWith(nine);
      cloud.simulator.world.switches.ims.batchAtomic = atomic;

      const results = await together(cloud, addsOf({ a: '1', b: '1' }));

      expect(results).toEqual(['done in 1', 'PROVIDER_REJECTED']);
      expect(held(cloud)).toEqual({ ...nine, a: '1' });
      expect(executedOf(cloud)).toEqual(['add a']);
    },
  );

  test.each<[string, Partial<FaultRule>]>([
    ['PROVIDER_FORBIDDEN', { status: 403, code: 'IMG.0026' }],
    ['PROVIDER_FORBIDDEN', { status: 400, code: 'IMG.0047' }],
    ['PROVIDER_CONFLICT', { status: 409, code: 'IMG.0999' }],
  ])('is over with %s for all keys, without single calls', async (code, rule) => {
    const cloud = await cloudWith({});
    cloud.simulator.faults.add({ kind: 'status', operation: BATCH, ...rule });

    expect(await together(cloud, addsOf(ABC))).toEqual([code, code, code]);
    expect(requestsOf(cloud)).toEqual([BATCH, 'ListImageTags']);
  });

  test.each(['404', '400'] as const)('tells a missing image (%s) as such', async (missingImage) => {
    const cloud = await cloudWith({});
    cloud.simulator.world.switches.ims.missingImage = missingImage;
    const target = { ...TARGET, path: 'gone' };

    const results = await together(cloud, addsOf(ABC), { target });
    await together(cloud, addsOf(ABC));

    expect(new Set(results)).toEqual(new Set(['PROVIDER_NOT_FOUND']));
    expect(requestsOf(cloud).filter((call) => call !== 'ListImageTags')).toEqual([BATCH, BATCH]);
  });

  test('leaves out what is held when the request goes out, and sends the others', async () => {
    const cloud = await cloudWith({});
    let asked = 0;
    const writes = addsOf(ABC).map((operation) => ({
      operation,
      check: () => {
        asked += 1;
        if (operation.tag === 'b' && asked > 3) throw new ReconcileError('CANCELLED', 'paused');
      },
    }));

    const results = await cloud.provider.batch?.perform(TARGET, writes, calm());

    expect(results?.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results?.[1]).toMatchObject({ reason: { code: 'CANCELLED' } });
    expect(held(cloud)).toEqual({ a: '1', c: '1' });
    expect(requestsOf(cloud)).toEqual([BATCH]);
  });

  test('sends nothing for a signal that is aborted, and nothing more once it is', async () => {
    const cloud = await cloudWith({});
    const stop = new AbortController();
    cloud.simulator.faults.add({ kind: '429', operation: BATCH, times: Infinity });

    const none = await together(cloud, addsOf(ABC), { signal: AbortSignal.abort() });
    const stopped = await together(cloud, addsOf(ABC), {
      signal: stop.signal,
      check: () => queueMicrotask(() => stop.abort()),
    });

    expect(new Set([...none, ...stopped])).toEqual(new Set(['CANCELLED']));
    expect(executedOf(cloud)).toEqual([]);
    expect(requestsOf(cloud).length).toBeLessThanOrEqual(1);
  });

  test('is not repeated while nobody can tell what was carried out', async () => {
    const cloud = await cloudWith({});
    cloud.simulator.faults.add({ kind: 'partial', operation: BATCH });
    cloud.simulator.faults.add({ kind: 'before', operation: 'ListImageTags', times: Infinity });

    const results = await together(cloud, addsOf(ABC));

    expect(new Set(results)).toEqual(new Set(['PROVIDER_UNAVAILABLE']));
    expect(executedOf(cloud)).toEqual(['add a', 'add b']);
  });

  test('repeats whatever part was carried out, and never what somebody else wrote', async () => {
    const cloud = await cloudWith({});
    const fate = fc.constantFrom('untouched', 'executed', 'foreign');
    const fates = fc.array(fate, { minLength: 2, maxLength: 6 });
    const kind = fc.constantFrom('before', 'reset', 'html', '429');
    await fc.assert(
      fc.asyncProperty(fates, kind, fc.boolean(), async (story, fault, deleting) => {
        const keys = story.map((_, index) => `k${index}`);
        const before = deleting ? 'old' : null;
        for (const key of keys) write(cloud, key, before);
        const operations = keys.map((key) =>
          deleting ? { ...remove(key), replaces: 'old' } : add(key, 'new'),
        );
        cloud.simulator.journal.reset();
        cloud.simulator.faults.add({ kind: fault, operation: BATCH });
        // The first time it is asked the request is about to go out: the world as a lost reply would leave it.
        let happened = false;
        const check = () => {
          if (happened) return;
          happened = true;
          for (const [index, key] of keys.entries()) {
            if (story[index] === 'executed') write(cloud, key, deleting ? null : 'new');
            if (story[index] === 'foreign') write(cloud, key, 'theirs');
          }
        };

        const results = await together(cloud, operations, { check });

        expect(results.map((result) => result.replace(/ in \d$/, ''))).toEqual(
          story.map((what) => (what === 'foreign' ? 'TARGET_CHANGED' : 'done')),
        );
        expect(keys.map((key) => held(cloud)[key] ?? null)).toEqual(
          story.map((what) => (what === 'foreign' ? 'theirs' : deleting ? null : 'new')),
        );
        expect(cloud.simulator.journal.executed().map(({ key }) => key)).toEqual(
          keys.filter((_, index) => story[index] === 'untouched'),
        );
        for (const key of keys) write(cloud, key, null);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

function write({ simulator: { world } }: Cloud, key: string, value: string | null): void {
  if (value === null) world.deleteImageTag(IMAGE, key);
  else world.setImageTag(IMAGE, key, value);
}
