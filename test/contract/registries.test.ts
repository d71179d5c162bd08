import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Performed } from '../../src/model/report.ts';
import { aChannel, anImagePolicy, aRetain } from '../support/policies.ts';
import { aCopy, aDelete } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';
import { codeOf } from './code-of.ts';
import { onePass } from './one-pass.ts';
import { kindsAndClouds, openRegistry, type RegistryBench, SLOW_MS } from './registry-bench.ts';

const ABSENT = { account: 'mirror', path: 'not/there' } as const;
const LONGEST = 'x'.repeat(128);
const APPLIED = { outcome: { status: 'applied' } };

const calm = (): AbortSignal => new AbortController().signal;

describe.each(kindsAndClouds())('$what', { timeout: SLOW_MS }, (kind) => {
  let bench: RegistryBench;

  beforeAll(async () => {
    bench = await openRegistry(kind);
  }, SLOW_MS);
  afterAll(async () => await bench[Symbol.asyncDispose]());

  test('list() tells every tag with its digest, and nothing else', async () => {
    const names = Array.from(
      { length: kind.many },
      (_, index) => `${index % 2 ? 'V' : 'v'}${index}`,
    );
    const target = await bench.start(
      Object.fromEntries(names.map((name) => [name, `image ${name}`])),
    );

    const { tags } = await bench.connect().list(target, calm());

    expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(
      await bench.held(target),
    );
    expect(tags).toHaveLength(kind.many);
  });

  test('list() reports a repository that is not there', async () => {
    await expect(bench.connect().list(ABSENT, calm())).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test('list() of a repository that lost its last tag is empty', async () => {
    const target = await bench.start({ only: 'one' });
    const provider = bench.connect();
    const { only = '' } = await bench.held(target);

    await provider.perform(target, aDelete({ tag: 'only', replaces: only }), freely, calm());

    expect((await provider.list(target, calm())).tags).toEqual([]);
  });

  test('a copy binds a free name, an override re-points a bound one, and a second pass writes nothing', async () => {
    const target = await bench.start({ a: 'one', b: 'two', latest: 'two' });
    const provider = bench.connect();
    const policies = [
      anImagePolicy({
        copies: [
          { from: 'a', to: 'new', override: false },
          { from: 'a', to: 'latest', override: true },
        ],
      }),
    ];
    const before = await bench.held(target);

    const report = await onePass(provider, target, policies);
    const written = bench.writes().length;
    const again = await onePass(provider, target, policies);

    expect(report).toMatchObject({ performed: [APPLIED, APPLIED] });
    const bound = { new: before['a'], latest: before['a'] };
    expect(await bench.held(target)).toEqual({ ...before, ...bound });
    expect(again.status).toBe('in-sync');
    expect(bench.writes()).toHaveLength(written);
  });

  test('a name that is bound to other content is not copied over, by plan or by race', async () => {
    const target = await bench.start({ a: 'one', taken: 'two' });
    const provider = bench.connect();
    const before = await bench.held(target);
    const copies = [{ from: 'a', to: 'taken', override: false }];

    const report = await onePass(provider, target, [anImagePolicy({ copies })]);
    const blind = aCopy({ tag: 'taken', from: 'a', value: before['a'] ?? '' });
    const raced = provider.perform(target, blind, freely, calm());

    // Both make the pass look again.
    expect(['TARGET_CHANGED', 'PROVIDER_CONFLICT']).toContain(await codeOf(raced));
    expect(report).toMatchObject({
      plan: { operations: [], findings: [{ severity: 'warning' }] },
    });
    expect(await bench.held(target)).toEqual(before);
  });

  test('a chain is read before it is overwritten, and a cycle trades both contents', async () => {
    const target = await bench.start({
      '1.0.0': 'one',
      '1.1.0': 'two',
      stable: 'one',
      x: 'left',
      y: 'right',
    });
    const provider = bench.connect();
    const copies = [
      { from: 'x', to: 'y', override: true },
      { from: 'y', to: 'x', override: true },
    ];
    const before = await bench.held(target);

    await onePass(provider, target, [
      anImagePolicy({ channels: [aChannel({ backup: 'previous' })], copies }),
    ]);

    expect(await bench.held(target)).toEqual({
      ...before,
      previous: before['1.0.0'],
      stable: before['1.1.0'],
      x: before['y'],
      y: before['x'],
    });
  });

  test('of three names of one content a delete takes one', async () => {
    const target = await bench.start({
      'ci-1': 'one',
      keep: 'one',
      'also-keep': 'one',
      other: 'two',
    });
    const provider = bench.connect();
    const { 'ci-1': gone, ...others } = await bench.held(target);

    const report = await onePass(provider, target, [
      anImagePolicy({ retain: [aRetain({ pattern: 'ci-.*' })] }),
    ]);

    expect(gone).toBe(others['keep']);
    expect(report).toMatchObject({ performed: [APPLIED] });
    expect(await bench.held(target)).toEqual(others);
    expect(await provider.read(target, 'keep', calm())).toEqual({ name: 'keep', value: gone });
  });

  test('names are taken up to the limit of the protocol, and none beyond it is sent', async () => {
    const target = await bench.start({ a: 'one' });
    const provider = bench.connect();
    const { a = '' } = await bench.held(target);
    const copy = async (tag: string) =>
      await provider.perform(target, aCopy({ tag, from: 'a', value: a }), freely, calm());

    await copy(LONGEST);
    const sent = bench.front.requests.length;
    const refused = copy(`${LONGEST}x`);

    await expect(refused).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    expect(bench.front.requests).toHaveLength(sent);
    expect(await bench.held(target)).toEqual({ a, [LONGEST]: a });
  });

  test.each(kind.what.includes('immutable') ? ['immutable'] : [])(
    'an %s name is told, stays as it is, and keeps nothing else from being done',
    async () => {
      const target = await bench.start({ a: 'one', v1: 'two' });
      const provider = bench.connect();
      const before = await bench.held(target);
      const copies = [
        { from: 'a', to: 'v1', override: true },
        { from: 'a', to: 'new', override: false },
      ];

      const report = await onePass(provider, target, [anImagePolicy({ copies })]);

      expect(report.status === 'unknown' ? report : report.performed.map(outcomeOf)).toEqual([
        'new applied',
        'v1 PROVIDER_REJECTED',
      ]);
      expect(await bench.held(target)).toEqual({ ...before, new: before['a'] });
    },
  );
});

function outcomeOf({ operation, outcome }: Performed): string {
  return `${operation.tag} ${outcome?.status === 'failed' ? outcome.code : outcome?.status}`;
}
