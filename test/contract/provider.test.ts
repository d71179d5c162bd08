import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Discovered } from '../../src/model/target.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { allOf } from '../support/pages.ts';
import { freely } from '../support/write-check.ts';
import { type Bench, startBench } from './bench.ts';
import { CLOUDS, SEEDED, toDelete } from './clouds.ts';
import { closedAfter, codeOf } from './code-of.ts';

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
  /** One fault of the call; where it is that no answer comes, the wait for it is short. */
  const meet = async (kind: FaultKind, operation: string): Promise<void> => {
    if (kind.startsWith('hang')) {
      await bench.close();
      bench = await startBench(cloud, { timeoutMs: 500 });
    }
    bench.simulator.faults.add({ kind, operation });
  };
  const namesHeld = (): readonly string[] => Object.keys(cloud.held(bench.simulator)).toSorted();

  test('list() tells every tag once, with its value, in as few requests as its protocol allows', async () => {
    const { target, tags } = await bench.provider.list(cloud.target, calm());

    expect(target).toEqual(cloud.target);
    expect(tags).toHaveLength(Object.keys(SEEDED).length);
    expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(
      Object.fromEntries(Object.entries(SEEDED).map(([name, text]) => [name, cloud.valueOf(text)])),
    );
    expect(bench.simulator.requests.total).toBe(
      1 + cloud.proofsOfEnd + cloud.looksPerTag * tags.length,
    );
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
    const found: Discovered[] = await allOf(
      bench.provider.discover({ visibility: null, paths: null }, calm()),
    );
    const attributes = await bench.provider.describe(cloud.target, calm());

    expect(found.map(({ target }) => target)).toEqual([cloud.target]);
    expect(found[0]?.attributes).toMatchObject({ name: attributes['name'] });
  });

  test('discover() keeps a named target that is gone', async () => {
    const { missing } = cloud;

    const found = await allOf(
      bench.provider.discover({ visibility: null, paths: [missing.path] }, calm()),
    );

    expect(found.map(({ target }) => target)).toEqual([missing]);
  });

  test('a missing target is told as such, never as an empty listing, and nothing is written', async () => {
    const { provider } = bench;
    const { missing, writes } = cloud;

    const codes = await Promise.all([
      ...[provider.list(missing, calm()), provider.describe(missing, calm())].map(codeOf),
      ...writes.map(({ operation }) =>
        codeOf(provider.perform(missing, operation, freely, calm())),
      ),
    ]);
    const read = await provider.read(missing, 'a', calm()).catch(({ code }) => code);

    expect(codes).toEqual([
      'PROVIDER_NOT_FOUND',
      'PROVIDER_NOT_FOUND',
      ...writes.map(({ atMissing }) => atMissing),
    ]);
    expect(read).toBe(cloud.readOfMissing);
    expect(bench.simulator.journal.executed()).toEqual([]);
  });

  describe.each(cloud.writes)('perform() of $what', ({ operation, call, leaves, before }) => {
    test('has its effect in one write and touches no other tag', async () => {
      const others = without(cloud.held(bench.simulator), operation.tag);

      const result = await perform(operation);

      expect(result).toEqual({ attempts: 1 });
      expect(namesHeld()).toEqual(leaves);
      expect(without(cloud.held(bench.simulator), operation.tag)).toEqual(others);
      expect(bench.simulator.requests.total).toBe(before.reads + 1);
    });

    test.each(LOST_REPLIES)('is executed once when its reply was lost (%s)', async (kind) => {
      await meet(kind, call);

      await perform(operation);

      expect(namesHeld()).toEqual(leaves);
      expect(bench.simulator.journal.entries).toHaveLength(1);
    });

    test.each(UNEXECUTED)('is repeated when "%s" kept it from running', async (kind) => {
      await meet(kind, call);

      await perform(operation);

      expect(namesHeld()).toEqual(leaves);
      expect(bench.simulator.journal.executed()).toHaveLength(1);
    });

    test('is not repeated while nobody can tell whether it ran', async () => {
      bench.simulator.faults.add({ kind: 'reset-after', operation: call });
      const lost = { kind: 'before', operation: cloud.calls.read, times: Infinity } as const;
      bench.simulator.faults.add({ ...lost, skip: before.looks });

      const code = await codeOf(perform(operation));

      expect(code).toBe('PROVIDER_UNAVAILABLE');
      expect(bench.simulator.journal.executed()).toHaveLength(1);
    });

    test('asks its check before the request, and sends nothing when it says no', async () => {
      const refused = bench.provider.perform(cloud.target, operation, closedAfter(0), calm());

      expect(await codeOf(refused)).toBe('CANCELLED');
      expect(bench.simulator.requests.total).toBe(before.reads);
      expect(bench.simulator.journal.entries).toEqual([]);
    });

    test.each(UNEXECUTED)('is not repeated after "%s" once its check says no', async (kind) => {
      await meet(kind, call);
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

      const stop = new AbortController();
      const outcome = codeOf(perform(operation, stop.signal));
      await vi.waitFor(() => expect(bench.simulator.journal.entries).toHaveLength(1), 5_000);
      stop.abort();

      expect(await outcome).toBe('CANCELLED');
      expect(bench.simulator.requests.total).toBe(before.reads + 1);
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
        allOf(provider.discover({ visibility: null, paths: null }, stop)),
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
    const { operations, missing, missingContent } = bench.provider.capabilities;

    const types = (named: Iterable<string>) =>
      [...named].filter((type) => type !== 'promote').toSorted();
    expect(types(operations)).toEqual(types(cloud.writes.map(({ operation }) => operation.type)));
    expect(types(Object.keys(missing))).toEqual(types(cloud.unsupported.map(({ type }) => type)));
    // Promotions have a contract of their own; here: one of the two is told.
    expect(operations.has('promote')).toBe(missing.promote === undefined);
    const holdsImages = bench.provider.capabilities.kind === 'image';
    expect(bench.provider.content !== undefined).toBe(holdsImages && missingContent === undefined);
  });

  test('perform() of an unsupported operation gives that reason and sends nothing', async () => {
    const { missing } = bench.provider.capabilities;

    for (const operation of cloud.unsupported) {
      await expect(perform(operation)).rejects.toThrow(missing[operation.type]);
    }
    expect(bench.simulator.requests.total).toBe(0);
  });

  test('sends one credential in all when it is refused, whatever is asked', async () => {
    const { credentials, switches } = bench.simulator.world;
    for (const known of [credentials.huawei, credentials.ucloud, credentials.oci]) known.splice(0);
    switches.oci.auth = 'bearer';

    const codes = await Promise.all(
      [
        ...Array.from({ length: 20 }, () => bench.provider.list(cloud.target, calm())),
        ...cloud.writes.map(({ operation }) => perform(operation)),
      ].map(codeOf),
    );

    expect(new Set(codes)).toEqual(new Set(['PROVIDER_AUTH']));
    const { requests } = bench.simulator;
    // A registry is asked without any first, to hear where a token is had.
    expect(cloud.name === 'oci' ? requests.count('oci', 'GetToken') : requests.total).toBe(1);
  });
});

function without(tags: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== name));
}
