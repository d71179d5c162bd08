import { describe, expect, test } from 'vitest';
import { deleteRegistryTag } from '../../src/registry/delete.ts';
import { createDeleteMethods } from '../../src/registry/delete-method.ts';
import { aDelete } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';
import { registryBench, WEB } from './support/bench.ts';

const SHARED = [
  { name: WEB.path, tags: { v1: 'same', latest: 'same', v2: 'other', v3: 'third', v4: 'fourth' } },
];
const SCRATCH = /^tagwarden-tmp-/;

type Changes = Parameters<typeof registryBench>[0]['switches'];

/** A registry with deletes that look at `check` and `signal`, and what is bound there. */
async function deleting(switches: Changes = {}, onRequest: (operation: string) => void = () => {}) {
  const bench = await registryBench(
    { oci: SHARED, switches },
    {},
    { onRequest: ({ operation, status }) => onRequest(`${operation} ${status}`) },
  );
  const { registry, simulator } = bench;
  const methods = createDeleteMethods(registry);
  const tags = () => simulator.world.ociTags(WEB.path);
  const remove = async (
    tag: string,
    { check = freely, signal = bench.signal, replaces = tags()[tag] ?? null } = {},
  ) => {
    const operation = aDelete({ tag, replaces });
    return await deleteRegistryTag(registry, methods, WEB, { operation, check }, signal);
  };
  const scratch = () => Object.keys(tags()).filter((name) => SCRATCH.test(name));
  return { simulator, remove, tags, scratch };
}

describe('deleteRegistryTag()', () => {
  test('deleteRegistryTag() spares a tag that is pushed while it finds out how to delete', async () => {
    const { simulator, remove, tags } = await deleting();
    let checks = 0;
    const pushing = (): void => {
      checks += 1;
      if (checks === 2) simulator.world.setOciTag(WEB.path, 'v1', 'pushed');
    };

    const removed = remove('v1', { check: pushing });

    await expect(removed).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(tags()['v1']).toBeDefined();
  });

  test('deleteRegistryTag() ends what a pause met half done', async () => {
    const { simulator, remove, tags } = await deleting({ tagDelete: '405' });
    await remove('v2');
    const sent = simulator.requests.count('oci', 'PutManifest');
    const paused = (): void => {
      if (simulator.requests.count('oci', 'PutManifest') > sent) throw new Error('paused');
    };

    await remove('v1', { check: Object.assign(paused, { ending: freely }) });

    expect(Object.keys(tags())).toEqual(['latest', 'v3', 'v4']);
  });

  test.each(['PutManifest 201', 'HeadManifest 200'])(
    'deleteRegistryTag() ends what is half done when the run is cancelled at %s',
    async (moment) => {
      const stop = new AbortController();
      let isArmed = false;
      let isBound = false;
      const { remove, tags } = await deleting({ tagDelete: '405' }, (request) => {
        isBound ||= isArmed && request === 'PutManifest 201';
        if (isBound && request === moment) stop.abort();
      });
      await remove('v2');
      isArmed = true;

      await remove('v1', { signal: stop.signal });

      expect(stop.signal.aborted).toBe(true);
      expect(Object.keys(tags())).toEqual(['latest', 'v3', 'v4']);
    },
  );

  test('deleteRegistryTag() does not begin what a cancelled run could not end', async () => {
    const stop = new AbortController();
    const { remove, tags, simulator } = await deleting({ tagDelete: '405' });
    await remove('v2');
    const before = tags();
    simulator.faults.add({ kind: 'hang', operation: 'HeadManifest' });
    const removed = remove('v1', { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);

    await expect(removed).rejects.toMatchObject({ code: 'CANCELLED' });

    expect(tags()).toEqual(before);
  });

  test('deleteRegistryTag() says what the name had when its stand-in cannot be deleted', async () => {
    const { simulator, remove, tags } = await deleting({ tagDelete: '405' });
    await remove('v2');
    const { v1 = '' } = tags();
    simulator.faults.add({ kind: 'before', operation: 'DeleteManifest', times: Infinity });

    const removed = remove('v1');

    await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await expect(removed).rejects.toThrow(`it had ${v1}`);
  });

  test('deleteRegistryTag() does not take the 404 of a proxy for a deleted stand-in', async () => {
    const { simulator, remove, tags } = await deleting({ tagDelete: '405' });
    await remove('v2');
    const before = tags();
    simulator.faults.add({ kind: 'html', status: 404, operation: 'DeleteManifest' });

    const removed = remove('v1');

    await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
    expect(tags()).toEqual(before);
  });

  test.each([400, 405])(
    'deleteRegistryTag() takes the %i of one tag for that tag alone',
    async (status) => {
      const { simulator, remove, tags } = await deleting();
      await remove('v2');
      const before = tags();
      const fault = { kind: 'status', code: 'DENIED', operation: 'DeleteTag' } as const;
      simulator.faults.add({ ...fault, status });

      const removed = remove('v1');

      await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
      expect(tags()).toEqual(before);
      simulator.faults.add({ ...fault, status });
      const sent = simulator.requests.count('oci', 'PutManifest');
      await expect(remove('v3')).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
      await remove('v1');
      expect(Object.keys(tags())).toEqual(['latest', 'v3', 'v4']);
      expect(simulator.requests.count('oci', 'PutManifest')).toBe(sent);
    },
  );

  test('deleteRegistryTag() does not leave scratch tags at each try where nothing can be deleted', async () => {
    const { simulator, remove, scratch } = await deleting();
    // Names that are not there are answered with 404, as by registries whose tags are immutable.
    const refusing = () => {
      simulator.faults.clear();
      for (const operation of ['DeleteTag', 'DeleteManifest']) {
        simulator.faults.add({ kind: 'status', status: 412, operation, skip: 1, times: Infinity });
      }
    };
    refusing();
    await expect(remove('v1')).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    refusing();
    const left = scratch();

    await expect(remove('v2')).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });

    expect(scratch()).toEqual(left);
    expect(left.length).toBeLessThanOrEqual(3);
  });

  test('deleteRegistryTag() makes no third scratch tag where digests cannot be deleted', async () => {
    const { simulator, remove, scratch } = await deleting({ digestDelete: '405' });
    const fault = { kind: 'status', status: 412, operation: 'DeleteTag' } as const;
    simulator.faults.add({ ...fault, skip: 1, times: Infinity });

    await expect(remove('v1')).rejects.toThrow(/mode: upsert-only/);

    expect(scratch()).toHaveLength(2);
  });
});
