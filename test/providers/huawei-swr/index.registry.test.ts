import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import type { FaultRule } from '../../../src/simulator/faults.ts';
import type { SeedInput, TagSeed } from '../../../src/simulator/seed.ts';
import { onePass } from '../../contract/one-pass.ts';
import { anImagePolicy, aRetain } from '../../support/policies.ts';
import {
  aDelete,
  aPromote,
  passwordLogin,
  swrBench,
  swrRegistry,
} from '../../support/provider-bench.ts';
import { freely } from '../../support/write-check.ts';
import { learnedInMemory } from '../oci/support/bench.ts';

const target = { account: 'swr', path: 'shop/team/web' };
type Switches = NonNullable<SeedInput['switches']>;

/** An account with a registry, in a region where nobody has seen a delete. */
async function fullBench(
  tags: Record<string, TagSeed>,
  switches: Switches = {},
  registry: typeof swrRegistry = swrRegistry,
) {
  const learnedFacts = learnedInMemory();
  const runtime = { learnedFacts, random: Math.random };
  const bench = await swrBench(
    { repositories: [{ name: target.path, tags }], switches },
    (simulator) => ({ timeoutMs: 2_000, ...passwordLogin(simulator), ...registry(simulator) }),
    runtime,
  );
  const held = () => bench.simulator.world.repositoryTags(target.path);
  return { ...bench, learnedFacts, held };
}

describe('createHuaweiSwrProvider() with a registry', () => {
  test('createHuaweiSwrProvider() takes digests of the API where it tells them', async () => {
    const { simulator, provider, signal, held } = await fullBench({ v1: 'one', v2: 'two' });

    const { tags } = await provider.list(target, signal);

    expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(held());
    expect(simulator.requests.count('swr-registry')).toBe(0);
  });

  test('createHuaweiSwrProvider() asks the registry for digests that the API leaves out', async () => {
    const { provider, signal, held } = await fullBench(
      { v1: 'one', v2: 'two' },
      { swr: { digest: false } },
    );

    const { tags } = await provider.list(target, signal);
    const tag = await provider.read(target, 'v2', signal);

    expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(held());
    expect(tag).toEqual({ name: 'v2', value: held()['v2'] });
    expect(await provider.read(target, 'v9', signal)).toBeNull();
  });

  test('createHuaweiSwrProvider() without a registry takes a listing without digests for incomplete', async () => {
    const { provider, signal } = await swrBench({
      repositories: [{ name: target.path, tags: { v1: 'one' } }],
      switches: { swr: { digest: false } },
    });

    await expect(provider.list(target, signal)).rejects.toMatchObject({
      code: 'LISTING_INCOMPLETE',
    });
  });

  test('createHuaweiSwrProvider() tells what contents say', async () => {
    const { provider, signal, held } = await fullBench({ v1: 'one' });
    const digest = held()['v1'] ?? '';

    const facts = await provider.facts?.(target, [digest], signal);

    expect(facts?.get(digest)?.platforms).toEqual(['linux/amd64']);
  });

  test.each([
    [false, 'by-tag'],
    [true, 'by-digest'],
  ])(
    'createHuaweiSwrProvider() leaves the siblings of a tag (API takes them: %s)',
    async (deleteTakesSiblings, method) => {
      const bench = await fullBench(
        { a: 'one', b: 'one', c: 'one', d: 'two' },
        { swr: { deleteTakesSiblings } },
      );
      const { provider, signal, held, simulator } = bench;
      const { b, ...others } = held();

      await provider.perform(target, aDelete({ tag: 'b', replaces: b ?? null }), freely, signal);

      expect(held()).toEqual(others);
      expect([...bench.learnedFacts.facts.values()]).toEqual([method]);
      const writes = simulator.journal.executed().length;
      await provider.perform(target, aDelete({ tag: 'c', replaces: b ?? null }), freely, signal);
      expect(held()).toEqual({ a: others['a'], d: others['d'] });
      const each = simulator.journal.executed().length - writes;
      expect(each).toBe(method === 'by-tag' ? 1 : 2);
    },
  );

  test.each<FaultRule['kind']>(['after', 'reset-after', 'before', '429'])(
    'createHuaweiSwrProvider() deletes one name where deletes take siblings and meet "%s"',
    async (kind) => {
      const bench = await fullBench(
        { a: 'one', b: 'one', c: 'two' },
        { swr: { deleteTakesSiblings: true } },
      );
      const { provider, signal, held, simulator } = bench;
      await provider.perform(target, aDelete({ tag: 'c' }), freely, signal);
      const { b, ...others } = held();
      simulator.faults.add({ kind, operation: 'DeleteRepoTag' });
      simulator.faults.add({ kind, operation: 'PutManifest' });

      await provider.perform(target, aDelete({ tag: 'b', replaces: b ?? null }), freely, signal);

      expect(held()).toEqual(others);
    },
  );

  test('createHuaweiSwrProvider() gives a tag its content back when the API refuses the delete', async () => {
    const bench = await fullBench(
      { a: 'one', b: 'one', c: 'two' },
      { swr: { deleteTakesSiblings: true } },
    );
    const { provider, signal, held, simulator } = bench;
    await provider.perform(target, aDelete({ tag: 'c' }), freely, signal);
    const before = held();
    simulator.faults.add({ kind: 'status', status: 403, operation: 'DeleteRepoTag' });

    const removed = provider.perform(target, aDelete({ tag: 'b' }), freely, signal);

    await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
    expect(held()).toEqual(before);
  });

  test('createHuaweiSwrProvider() deletes nothing when the proof cannot be made', async () => {
    const bench = await fullBench({ a: 'one', b: 'one' }, { swrRegistry: { grant: 'pull' } });
    const { provider, signal, held } = bench;
    const before = held();

    const removed = provider.perform(target, aDelete({ tag: 'b' }), freely, signal);

    await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
    expect(held()).toEqual(before);
    expect(bench.learnedFacts.facts.size).toBe(0);
  });

  test('createHuaweiSwrProvider() deletes nothing with a registry login that is refused, and asks once', async () => {
    const wrong: typeof swrRegistry = (simulator) => {
      const { registry } = swrRegistry(simulator);
      if (registry?.auth.type !== 'password') throw new Error('another login');
      const auth = { ...registry.auth, password: new Secret('wrong-password') };
      return { registry: { ...registry, auth } };
    };
    const { provider, signal, held, simulator } = await fullBench(
      { a: 'one', b: 'one' },
      {},
      wrong,
    );

    for (const tag of ['a', 'b']) {
      const removed = provider.perform(target, aDelete({ tag }), freely, signal);
      await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
      await expect(removed).rejects.not.toThrow('wrong-password');
    }

    expect(simulator.requests.count('swr-registry', 'GetToken')).toBe(1);
    expect(Object.keys(held())).toEqual(['a', 'b']);
    // The API's own credential is good.
    expect((await provider.list(target, signal)).tags).toHaveLength(2);
  });

  test('createHuaweiSwrProvider() renews a token of the registry that was revoked', async () => {
    const { provider, signal, simulator } = await fullBench(
      { v1: 'one' },
      { swr: { digest: false } },
    );
    await provider.list(target, signal);
    await fetch(`${simulator.endpoints.control}/registry-tokens`, { method: 'DELETE' });

    const { tags } = await provider.list(target, signal);

    expect(tags).toHaveLength(1);
    expect(simulator.requests.count('swr-registry', 'GetToken')).toBe(2);
  });

  test('reconcile() touches no signature or fallback tag at SWR', async () => {
    const hex = 'a'.repeat(64);
    const old = { digest: 'x', ageDays: 90 };
    const kept = { [`sha256-${hex}`]: old, [`sha256-${hex}.sig`]: old, v1: 'one' };
    const { provider, held } = await fullBench({ 'ci-1': old, 'ci-2': old, ...kept });
    const rule = aRetain({ pattern: '.*', olderThanMs: 86_400_000 });

    await onePass(provider, target, [anImagePolicy({ retain: [rule] })]);

    expect(Object.keys(held()).sort()).toEqual(Object.keys(kept).sort());
  });

  test('createHuaweiSwrProvider() takes the content of another repository', async () => {
    const { simulator, provider, signal, held } = await fullBench({ v1: 'one' });
    const destination = { account: 'swr', path: 'shop/copy' };
    const { v1: value = '' } = held();
    const { transfer, content } = provider;
    if (transfer === undefined || content === undefined) throw new Error('no promotions');
    const operation = aPromote({ tag: 'v1', source: target, from: 'v1', value });

    await transfer(destination, { operation, content }, freely, signal);

    expect(simulator.world.repositoryTags(destination.path)).toEqual({ v1: value });
  });
});
