import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Discovered } from '../../src/model/target.ts';
import type { WriteCheck } from '../../src/providers/provider.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { freely } from '../support/write-check.ts';
import { type Bench, CLOUDS, SEEDED, startBench, toDelete } from './clouds.ts';

/** Faults after which nobody knows whether the write ran; it did. */
const LOST_REPLIES: readonly FaultKind[] = ['after', 'hang-after', 'reset-after', 'truncate'];
/** Faults that kept the write from running. */
const UNEXECUTED: readonly FaultKind[] = ['before', 'hang', 'reset', 'html', '429'];

const calm = (): AbortSignal => new AbortController().signal;

describe.each(CLOUDS)('a provider: $name', (cloud) => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench(cloud);
  });

  afterEach(() => bench.close());

  const perform = async (operation: Operation, signal = calm()) =>
    await bench.provider.perform(cloud.target, operation, freely, signal);
  const namesHeld = (): readonly string[] => Object.keys(cloud.held(bench.simulator)).toSorted();

  test('list() tells every tag once, with its value, in one request', async () => {
    const { target, tags } = await bench.provider.list(cloud.target, calm());

    expect(target).toEqual(cloud.target);
    expect(tags).toHaveLength(Object.keys(SEEDED).length);
    expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(
      Object.fromEntries(Object.entries(SEEDED).map(([name, text]) => [name, cloud.valueOf(text)])),
    );
    expect(bench.simulator.requests.total).toBe(1);
  });

  test('list() of a target without tags is empty, not an error', async () => {
    await bench.close();
    bench = await startBench(cloud, { tags: {} });

    expect((await bench.provider.list(cloud.target, calm())).tags).toEqual([]);
  });

  test.each([204, 302, 304, 400, 403, 409, 410, 418])(
    'list() answered with status %i is an error, never an empty listing',
    async (status) => {
      bench.simulator.faults.add({
        kind: 'status',
        status,
        operation: cloud.calls.list,
        times: Infinity,
      });

      await expect(bench.provider.list(cloud.target, calm())).rejects.toBeInstanceOf(
        ReconcileError,
      );
    },
  );

  test('read() tells one tag, and null for a name that is not bound', async () => {
    const bound = await bench.provider.read(cloud.target, 'b', calm());
    const free = await bench.provider.read(cloud.target, 'bb', calm());

    expect(bound).toEqual({ name: 'b', value: cloud.valueOf(SEEDED.b) });
    expect(free).toBeNull();
  });

  test('discover() and describe() tell the target with the same facts', async () => {
    const found: Discovered[] = await Array.fromAsync(
      bench.provider.discover({ visibility: null, paths: null }, calm()),
    );
    const attributes = await bench.provider.describe(cloud.target, calm());

    expect(found.map(({ target }) => target)).toEqual([cloud.target]);
    expect(found[0]?.attributes).toMatchObject({ name: attributes['name'] });
  });

  test('discover() keeps a named target that is gone', async () => {
    const { missing } = cloud;

    const found = await Array.fromAsync(
      bench.provider.discover({ visibility: null, paths: [missing.path] }, calm()),
    );

    expect(found.map(({ target }) => target)).toEqual([missing]);
  });

  test('a missing target is PROVIDER_NOT_FOUND to every call, never an empty listing', async () => {
    const { provider } = bench;
    const { missing, writes } = cloud;

    const codes = await Promise.all(
      [
        provider.list(missing, calm()),
        provider.read(missing, 'a', calm()),
        provider.describe(missing, calm()),
        ...writes.map(({ operation }) => provider.perform(missing, operation, freely, calm())),
      ].map(codeOf),
    );

    expect(new Set(codes)).toEqual(new Set(['PROVIDER_NOT_FOUND']));
    expect(bench.simulator.journal.executed()).toEqual([]);
  });

  describe.each(cloud.writes)('perform() of $what', ({ operation, call, leaves }) => {
    test('has its effect in one request and touches no other tag', async () => {
      const others = without(cloud.held(bench.simulator), operation.tag);

      const result = await perform(operation);

      expect(result).toEqual({ attempts: 1 });
      expect(namesHeld()).toEqual(leaves);
      expect(without(cloud.held(bench.simulator), operation.tag)).toEqual(others);
      expect(bench.simulator.requests.total).toBe(1);
    });

    test.each(LOST_REPLIES)('is executed once when its reply was lost (%s)', async (kind) => {
      bench.simulator.faults.add({ kind, operation: call });

      await perform(operation);

      expect(namesHeld()).toEqual(leaves);
      expect(bench.simulator.journal.entries).toHaveLength(1);
    });

    test.each(UNEXECUTED)('is repeated when "%s" kept it from running', async (kind) => {
      bench.simulator.faults.add({ kind, operation: call });

      await perform(operation);

      expect(namesHeld()).toEqual(leaves);
      expect(bench.simulator.journal.executed()).toHaveLength(1);
    });

    test('is not repeated while nobody can tell whether it ran', async () => {
      bench.simulator.faults.add({ kind: 'reset-after', operation: call });
      bench.simulator.faults.add({ kind: 'before', operation: cloud.calls.list, times: Infinity });

      const code = await codeOf(perform(operation));

      expect(code).toBe('PROVIDER_UNAVAILABLE');
      expect(bench.simulator.journal.executed()).toHaveLength(1);
    });

    test('asks its check before the request, and sends nothing when it says no', async () => {
      const refused = bench.provider.perform(cloud.target, operation, closedAfter(0), calm());

      expect(await codeOf(refused)).toBe('CANCELLED');
      expect(bench.simulator.requests.total).toBe(0);
    });

    test.each(UNEXECUTED)('is not repeated after "%s" once its check says no', async (kind) => {
      bench.simulator.faults.add({ kind, operation: call });
      // Asked twice a request: at its slot and at its first byte.
      const refused = bench.provider.perform(cloud.target, operation, closedAfter(2), calm());

      expect(await codeOf(refused)).toBe('CANCELLED');
      expect(bench.simulator.journal.executed()).toEqual([]);
      expect(namesHeld()).toEqual(Object.keys(SEEDED));
    });

    test('is found done by the read although its check says no meanwhile', async () => {
      bench.simulator.faults.add({ kind: 'after', operation: call });

      await bench.provider.perform(cloud.target, operation, closedAfter(2), calm());

      expect(namesHeld()).toEqual(leaves);
      expect(bench.simulator.journal.entries).toHaveLength(1);
    });

    test('performed again changes nothing', async () => {
      await perform(operation);
      const state = cloud.held(bench.simulator);

      await perform(operation);

      expect(cloud.held(bench.simulator)).toEqual(state);
    });

    test('throws CANCELLED when it is aborted, without a further request', async () => {
      bench.simulator.faults.add({ kind: 'hang', operation: call, times: Infinity });

      const code = await codeOf(perform(operation, AbortSignal.timeout(30)));

      expect(code).toBe('CANCELLED');
      expect(bench.simulator.requests.total).toBe(1);
      expect(namesHeld()).toEqual(Object.keys(SEEDED));
    });
  });

  test('a delete of a tag that is gone resolves', async () => {
    await perform(toDelete('gone', cloud.valueOf('x')));

    expect(namesHeld()).toEqual(Object.keys(SEEDED));
  });

  test('every call sends nothing for a signal that is already aborted', async () => {
    const { provider } = bench;
    const stop = AbortSignal.abort();

    const codes = await Promise.all(
      [
        provider.list(cloud.target, stop),
        provider.read(cloud.target, 'a', stop),
        provider.describe(cloud.target, stop),
        Array.fromAsync(provider.discover({ visibility: null, paths: null }, stop)),
        ...cloud.writes.map(({ operation }) => perform(operation, stop)),
      ].map(codeOf),
    );

    expect(new Set(codes)).toEqual(new Set(['CANCELLED']));
    expect(bench.simulator.requests.total).toBe(0);
  });

  test.each(cloud.badNames)('perform() refuses the name %j before any request', async (tag) => {
    const codes = await Promise.all(
      cloud.writes.map(({ operation }) => codeOf(perform({ ...operation, tag }))),
    );

    expect(codes.every((code) => code === 'PROVIDER_REJECTED' || code === 'GATE_REFUSED')).toBe(
      true,
    );
    expect(bench.simulator.requests.total).toBe(0);
  });

  test('capabilities name every operation as supported or say why not', () => {
    const { operations, missing } = bench.provider.capabilities;

    expect([...operations].toSorted()).toEqual(
      cloud.writes.map(({ operation }) => operation.type).toSorted(),
    );
    expect(Object.keys(missing).toSorted()).toEqual(
      cloud.unsupported.map(({ type }) => type).toSorted(),
    );
  });

  test('perform() of an unsupported operation gives that reason and sends nothing', async () => {
    const { missing } = bench.provider.capabilities;

    for (const operation of cloud.unsupported) {
      await expect(perform(operation)).rejects.toThrow(missing[operation.type]);
    }
    expect(bench.simulator.requests.total).toBe(0);
  });

  test('sends one request in all when the key is refused, whatever is asked', async () => {
    bench.simulator.world.credentials.huawei.splice(0);
    bench.simulator.world.credentials.ucloud.splice(0);

    const codes = await Promise.all(
      [
        ...Array.from({ length: 20 }, () => bench.provider.list(cloud.target, calm())),
        ...cloud.writes.map(({ operation }) => perform(operation)),
      ].map(codeOf),
    );

    expect(bench.simulator.requests.total).toBe(1);
    expect(new Set(codes)).toEqual(new Set(['PROVIDER_AUTH']));
  });
});

/** Says yes so many times, and no from then on. */
function closedAfter(times: number): WriteCheck {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked > times) throw new ReconcileError('CANCELLED', 'Cannot write: it is paused');
  };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'it resolved',
    (error: unknown) => (error instanceof ReconcileError ? error.code : String(error)),
  );
}

function without(tags: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== name));
}
