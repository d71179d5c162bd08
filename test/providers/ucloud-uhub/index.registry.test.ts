import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import type { FaultRule } from '../../../src/simulator/faults.ts';
import type { SeedInput, TagSeed } from '../../../src/simulator/seed.ts';
import { onePass } from '../../contract/one-pass.ts';
import { aChannel, anImagePolicy, aRetain } from '../../support/policies.ts';
import {
  aCopy,
  aDelete,
  anAdd,
  aPromote,
  uhubBench,
  uhubRegistry,
} from '../../support/provider-bench.ts';
import { freely } from '../../support/write-check.ts';
import { learnedInMemory } from '../oci/support/bench.ts';

const target = { account: 'hub', path: 'team/web' };
type Switches = NonNullable<SeedInput['switches']>;

/** An account with a registry, whose deletes nobody has seen yet. */
async function fullBench(
  tags: Record<string, TagSeed>,
  switches: Switches = {},
  registry: typeof uhubRegistry = uhubRegistry,
) {
  const learnedFacts = learnedInMemory();
  const bench = await uhubBench(
    { uhub: [{ repo: 'team', image: 'web', tags }], switches },
    (simulator) => ({ timeoutMs: 2_000, ...registry(simulator) }),
    { learnedFacts, random: Math.random },
  );
  const held = () => bench.simulator.world.uhubTags(target.path);
  return { ...bench, learnedFacts, held };
}

describe('createUcloudUhubProvider() with a registry', () => {
  test.each([true, false])(
    'createUcloudUhubProvider() lists by the API, with the digests of the registry (API tells some: %s)',
    async (digest) => {
      const tags = { v1: { digest: 'one', ageDays: 3 }, v2: 'two', latest: 'two' };
      const { simulator, provider, signal, held } = await fullBench(tags, { uhub: { digest } });

      const listing = await provider.list(target, signal);

      expect(Object.fromEntries(listing.tags.map(({ name, value }) => [name, value]))).toEqual(
        held(),
      );
      expect(listing.tags.find(({ name }) => name === 'v1')?.updatedAt).toBeInstanceOf(Date);
      expect(simulator.requests.count('uhub')).toBe(1);
      expect(simulator.requests.count('uhub-registry', 'HeadManifest')).toBe(4);
    },
  );

  test('createUcloudUhubProvider() keeps a name that only the API has, with an unknown digest', async () => {
    // A digest given as such has no bytes: the registry knows nothing under the name.
    const ghost = `sha256:${'a'.repeat(64)}`;
    const { provider, signal, held } = await fullBench({ v1: 'one', v2: ghost });

    const { tags } = await provider.list(target, signal);

    expect(tags).toMatchObject([
      { name: 'v1', value: held()['v1'] },
      { name: 'v2', value: null },
    ]);
    expect(await provider.read(target, 'v2', signal)).toEqual({ name: 'v2', value: null });
    expect(await provider.read(target, 'v9', signal)).toBeNull();
  });

  test.each<FaultRule['kind']>(['before', 'reset', '429', 'truncate'])(
    'createUcloudUhubProvider() lists all in spite of "%s" at the registry',
    async (kind) => {
      const { simulator, provider, signal, held } = await fullBench({ v1: 'one', v2: 'two' });
      simulator.faults.add({ kind, operation: 'HeadManifest', times: 2 });

      const { tags } = await provider.list(target, signal);

      expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(held());
    },
  );

  test.each([
    ['before', undefined, 'PROVIDER_UNAVAILABLE'],
    ['status', 403, 'PROVIDER_FORBIDDEN'],
  ] as const)(
    'createUcloudUhubProvider() gives no listing while the registry answers with %s %s',
    async (kind, status, code) => {
      const { simulator, provider, signal } = await fullBench({ v1: 'one' });
      const fault = { kind, operation: 'HeadManifest', times: Infinity } as const;
      simulator.faults.add(status === undefined ? fault : { ...fault, status });

      await expect(provider.list(target, signal)).rejects.toMatchObject({ code });
    },
  );

  test('createUcloudUhubProvider() copies the exact content, and refuses an add with the reason', async () => {
    const { simulator, provider, signal, held } = await fullBench({ v1: 'one', v2: 'two' });
    const { v1 = '', v2 = '' } = held();

    await provider.perform(target, aCopy({ tag: 'stable', value: v1 }), freely, signal);
    await provider.perform(
      target,
      aCopy({ tag: 'stable', from: 'v2', value: v2, replaces: v1 }),
      freely,
      signal,
    );

    expect(held()).toEqual({ v1, v2, stable: v2 });
    expect(await provider.read(target, 'stable', signal)).toEqual({ name: 'stable', value: v2 });
    await expect(provider.perform(target, anAdd(), freely, signal)).rejects.toThrow(/use a copy/);
    expect(simulator.journal.executed().map(({ service }) => service)).toEqual(
      Array(2).fill('uhub-registry'),
    );
  });

  test('createUcloudUhubProvider() deletes by the API alone, and leaves the siblings', async () => {
    const bench = await fullBench({ a: 'one', b: 'one', c: 'one', d: 'two' });
    const { simulator, provider, signal, held } = bench;
    const { a: value = '', ...others } = held();

    await provider.perform(target, aDelete({ tag: 'a', replaces: value }), freely, signal);

    expect(held()).toEqual(others);
    expect([...bench.learnedFacts.facts.values()]).toEqual(['by-tag']);
    const sent = simulator.requests.total;
    await provider.perform(target, aDelete({ tag: 'b', replaces: value }), freely, signal);
    expect(simulator.requests.total).toBe(sent + 1);
    expect(simulator.requests.count('uhub-registry', 'DeleteManifest')).toBe(0);
    expect(simulator.requests.count('uhub-registry', 'DeleteTag')).toBe(0);
  });

  test('createUcloudUhubProvider() spares a tag that is pushed while it finds out how the API deletes', async () => {
    const { simulator, provider, signal, held } = await fullBench({ a: 'one', b: 'two' });
    const { a: value = '' } = held();
    const pushing = (): void => {
      if (simulator.requests.count('uhub-registry', 'PutManifest') !== 2) return;
      simulator.world.setUhubTag(target.path, 'a', 'pushed');
    };

    const removed = provider.perform(
      target,
      aDelete({ tag: 'a', replaces: value }),
      pushing,
      signal,
    );

    await expect(removed).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(Object.keys(held())).toEqual(['a', 'b']);
  });

  test('createUcloudUhubProvider() pushes nothing for a key that may not delete', async () => {
    const { simulator, provider, signal, held } = await fullBench({ a: 'one', b: 'two' });
    const before = held();
    const operation = 'DeleteRepoImage';
    simulator.faults.add({ kind: 'retcode', code: 299, operation, times: Infinity });

    for (const tag of ['a', 'b']) {
      const removed = provider.perform(target, aDelete({ tag }), freely, signal);
      await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
    }

    expect(held()).toEqual(before);
  });

  test.each(['after', 'reset-after', 'before'] as const)(
    'createUcloudUhubProvider() settles a delete that meets "%s" by the registry',
    async (kind) => {
      const { simulator, provider, signal, held } = await fullBench({
        a: 'one',
        b: 'one',
        c: 'two',
      });
      await provider.perform(target, aDelete({ tag: 'c' }), freely, signal);
      const { b: value = '' } = held();
      simulator.faults.add({ kind, operation: 'DeleteRepoImage' });

      await provider.perform(target, aDelete({ tag: 'b', replaces: value }), freely, signal);

      expect(held()).toEqual({ a: value });
    },
  );

  test('createUcloudUhubProvider() does not repeat a delete on a tag that was pushed meanwhile', async () => {
    const { simulator, provider, signal, held } = await fullBench({ a: 'one', c: 'two' });
    await provider.perform(target, aDelete({ tag: 'c' }), freely, signal);
    const { a: value = '' } = held();
    simulator.world.setUhubTag(target.path, 'a', 'pushed');
    simulator.faults.add({ kind: 'before', operation: 'DeleteRepoImage' });

    const removed = provider.perform(
      target,
      aDelete({ tag: 'a', replaces: value }),
      freely,
      signal,
    );

    await expect(removed).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(held()).toHaveProperty('a');
  });

  test.each(['', ' ', 'a/b'])(
    'createUcloudUhubProvider() refuses a delete of the name %j without a request',
    async (tag) => {
      const { simulator, provider, signal } = await fullBench({ a: 'one' });

      const removed = provider.perform(target, aDelete({ tag }), freely, signal);

      await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
      expect(simulator.requests.total).toBe(0);
    },
  );

  test('createUcloudUhubProvider() gives nothing with a registry login that is refused, and asks once', async () => {
    const wrong: typeof uhubRegistry = (simulator) => {
      const { registry } = uhubRegistry(simulator);
      if (registry?.auth.type !== 'password') throw new Error('another login');
      const auth = { ...registry.auth, password: new Secret('wrong-password') };
      return { registry: { ...registry, auth } };
    };
    const { simulator, provider, signal, held } = await fullBench({ a: 'one' }, {}, wrong);

    for (let round = 0; round < 2; round += 1) {
      const listed = provider.list(target, signal);
      await expect(listed).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
      await expect(listed).rejects.not.toThrow('wrong-password');
    }
    const removed = provider.perform(target, aDelete({ tag: 'a' }), freely, signal);

    await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(simulator.requests.count('uhub-registry', 'GetToken')).toBe(1);
    expect(Object.keys(held())).toEqual(['a']);
  });

  test('createUcloudUhubProvider() renews a registry token that was revoked', async () => {
    const { simulator, provider, signal } = await fullBench({ v1: 'one' });
    await provider.list(target, signal);
    await fetch(`${simulator.endpoints.control}/registry-tokens`, { method: 'DELETE' });

    const { tags } = await provider.list(target, signal);

    expect(tags).toHaveLength(1);
    expect(simulator.requests.count('uhub-registry', 'GetToken')).toBe(2);
  });

  test('reconcile() moves a channel and retains at UHub, and touches no signature or fallback tag', async () => {
    const hex = 'a'.repeat(64);
    const old = { digest: 'build', ageDays: 90 };
    const kept = { [`sha256-${hex}`]: old, [`sha256-${hex}.sig`]: old };
    const { provider, held } = await fullBench({
      'v1.0.0': 'one',
      'v1.1.0': 'two',
      stable: 'one',
      'ci-1': old,
      'ci-2': old,
      ...kept,
    });
    const before = held();
    const retain = [aRetain({ pattern: '(?:ci|sha256)-.*', olderThanMs: 86_400_000 })];

    const report = await onePass(provider, target, [
      anImagePolicy({ channels: [aChannel()], retain }),
    ]);

    const { 'ci-1': _one, 'ci-2': _two, ...left } = before;
    expect(held()).toEqual({ ...left, stable: before['v1.1.0'] });
    expect(report).toMatchObject({ status: 'drifted' });
    const again = await onePass(provider, target, [anImagePolicy({ retain })]);
    expect(again).toMatchObject({ status: 'in-sync' });
  });

  test('createUcloudUhubProvider() reads each manifest once for its facts', async () => {
    const { simulator, provider, signal, held } = await fullBench({ v1: 'one', v2: 'two' });
    const digests = Object.values(held());

    await provider.facts?.(target, digests, signal);
    const reads = simulator.requests.count('uhub-registry', 'GetManifest');
    const facts = await provider.facts?.(target, digests, signal);

    expect(facts?.size).toBe(2);
    expect(simulator.requests.count('uhub-registry', 'GetManifest')).toBe(reads);
  });

  test('createUcloudUhubProvider() takes the content of another repository', async () => {
    const { simulator, provider, signal, held } = await fullBench({ v1: 'one' });
    simulator.world.addUhubImage({ repo: 'team', image: 'copy' });
    const destination = { account: 'hub', path: 'team/copy' };
    const { v1: value = '' } = held();
    const { transfer, content } = provider;
    if (transfer === undefined || content === undefined) throw new Error('no promotions');
    const operation = aPromote({ tag: 'v1', source: target, from: 'v1', value });

    await transfer(destination, { operation, content }, freely, signal);

    expect(simulator.world.uhubTags(destination.path)).toEqual({ v1: value });
    await expect(provider.perform(destination, operation, freely, signal)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
    });
  });
});
