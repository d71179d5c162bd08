import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import { anImagePolicy, aRetain } from '../support/policies.ts';
import { aCopy, aDelete } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';
import { codeOf } from './code-of.ts';
import { afterListing, onePass } from './one-pass.ts';
import { kindsHere, openRegistry, type RegistryBench, SLOW_MS } from './registry-bench.ts';

const DAY_MS = 86_400_000;
const APPLIED = { outcome: { status: 'applied' } };
/** Lost replies and refusals before the request is seen; each may befall any write. */
const TROUBLES = ['503', 'reset', '503-after', 'reset-after', 'hang-after'] as const;

const calm = (): AbortSignal => new AbortController().signal;

describe.each(kindsHere())('$what', { timeout: SLOW_MS }, (kind) => {
  let bench: RegistryBench;

  beforeAll(async () => {
    bench = await openRegistry(kind);
  }, SLOW_MS);
  afterAll(async () => await bench[Symbol.asyncDispose]());

  test('what is pushed between list and write stays', async () => {
    const target = await bench.start({ 'ci-1': 'old', 'ci-2': 'older', a: 'one' });
    const provider = bench.connect();
    const pushed: Record<string, string> = {};
    const racing = afterListing(provider, async () => {
      for (const tag of ['ci-1', 'new']) {
        pushed[tag] = await bench.upstream.bind(target.path, tag, {
          label: `pushed ${tag}`,
          ageDays: 0,
        });
      }
    });
    const { a } = await bench.held(target);
    const retain = [aRetain({ pattern: 'ci-.*', olderThanMs: 30 * DAY_MS, ageBy: 'created' })];
    const copies = [{ from: 'a', to: 'new', override: false }];

    await onePass(racing, target, [anImagePolicy({ retain, copies })]);

    expect(await bench.held(target)).toEqual({ a, ...pushed });
  });

  test.each(TROUBLES)('a write that met %s is made, once', async (trouble) => {
    const target = await bench.start({ a: 'one', b: 'one', 'ci-1': 'one', 'ci-2': 'two' });
    const provider = bench.connect(trouble === 'hang-after' ? 1_000 : 30_000);
    const { a = '', 'ci-1': shared = '', 'ci-2': own = '' } = await bench.held(target);
    // How deletes are made is found out first, so that what follows hits the delete that is looked at.
    await provider.perform(target, aDelete({ tag: 'ci-2', replaces: own }), freely, calm());
    const perform = async (operation: Operation) =>
      await provider.perform(target, operation, freely, calm());

    bench.front.fail({ kind: trouble, method: 'PUT', path: /\/manifests\/new$/ });
    await perform(aCopy({ tag: 'new', from: 'a', value: a }));
    bench.front.fail({ kind: trouble, method: 'DELETE', path: /\/manifests\// });
    await perform(aDelete({ tag: 'ci-1', replaces: shared }));

    expect(await bench.held(target)).toEqual({ a, b: a, new: a });
    const repeated = trouble === '503' || trouble === 'reset' ? 2 : 1;
    expect(
      bench.writes().filter((write) => write.endsWith(`${target.path}/manifests/new`)),
    ).toHaveLength(repeated);
  });

  test('a call that is aborted ends at once, wherever it hangs', async () => {
    const target = await bench.start({ a: 'one', b: 'two' });
    const provider = bench.connect();
    const { a = '', b = '' } = await bench.held(target);
    await provider.list(target, calm());
    const hangs = [
      {
        method: 'GET',
        path: /tags\/list/,
        call: (stop: AbortSignal) => provider.list(target, stop),
      },
      {
        method: 'PUT',
        path: /\/manifests\//,
        call: (stop: AbortSignal) =>
          provider.perform(target, aCopy({ tag: 'new', from: 'a', value: a }), freely, stop),
      },
      {
        method: 'DELETE',
        path: /\/manifests\//,
        call: (stop: AbortSignal) =>
          provider.perform(target, aDelete({ tag: 'b', replaces: b }), freely, stop),
      },
    ];
    const tookMs: number[] = [];

    for (const { call, ...where } of hangs) {
      bench.front.fail({ kind: 'hang', ...where });
      const stop = new AbortController();
      const outcome = codeOf(call(stop.signal));
      await vi.waitFor(() => expect(bench.front.hanging()).toBe(1), { timeout: 10_000 });
      const sent = bench.front.requests.length;
      const startedMs = performance.now();
      stop.abort();
      expect(await outcome).toBe('CANCELLED');
      tookMs.push(performance.now() - startedMs);
      expect(bench.front.requests).toHaveLength(sent);
      await vi.waitFor(() => expect(bench.front.hanging()).toBe(0), { timeout: 10_000 });
    }

    // The least of them, as this process may lose its processor at any moment.
    expect(Math.min(...tookMs)).toBeLessThan(100);
  });

  // Where there are tokens: a kind without them has no such test, rather than one that is skipped.
  test.each(kind.hasTokens ? ['token'] : [])(
    'a %s that ends before its time is renewed, in the middle of a plan',
    async () => {
      const target = await bench.start({ a: 'one', 'ci-1': 'two', 'ci-2': 'three' });
      const provider = bench.connect();
      const policies = [
        anImagePolicy({
          copies: [{ from: 'a', to: 'new', override: false }],
          retain: [aRetain({ pattern: 'ci-.*' })],
        }),
      ];
      await onePass(provider, target, [anImagePolicy({ retain: [aRetain({ pattern: 'ci-2' })] })]);
      const { a = '' } = await bench.held(target);
      bench.front.revoke();

      const report = await onePass(provider, target, policies);

      expect(report).toMatchObject({ performed: [APPLIED, APPLIED] });
      expect(await bench.held(target)).toEqual({ a, new: a });
    },
  );
});
