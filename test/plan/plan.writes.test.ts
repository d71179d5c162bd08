import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MODES, type Mode } from '../../src/model/mode.ts';
import type { Operation } from '../../src/model/plan.ts';
import { createScene } from '../../src/plan/scene.ts';
import { settle } from '../../src/plan/settle.ts';
import { withGate } from '../../src/providers/gate.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import {
  aChannel,
  anImagePolicy,
  aResourcePolicy,
  IMAGE_CAPABILITIES,
  planImage,
  planInput,
  planRepository,
} from '../support/policies.ts';
import {
  aListing,
  anImageTag,
  applyInMemory,
  hoursAgo,
  labels,
  REPOSITORY,
  valuesOf,
} from '../support/tags.ts';
import { freely } from '../support/write-check.ts';
import { imagePolicies, repositoryState, value } from './arbitraries.ts';
import { ANY, CASES, LAW_TIMEOUT_MS, law } from './laws.ts';

/** What design.md lets a mode do, written down a second time. */
const MAY: Readonly<Record<Mode, readonly string[]>> = {
  observe: [],
  'create-only': ['create'],
  'upsert-only': ['create', 'replace'],
  sync: ['create', 'replace', 'delete'],
};

function kindOf({ type, replaces }: Operation): string {
  if (type === 'delete') return 'delete';
  return replaces === null ? 'create' : 'replace';
}

describe('planTarget()', { timeout: LAW_TIMEOUT_MS }, () => {
  test('never exceeds a mode', () => {
    law(fc.tuple(repositoryState, imagePolicies), ([tags, policies]) => {
      const { operations } = planRepository(tags, policies, ANY);

      expect(operations.filter((one) => !MAY[one.mode].includes(kindOf(one)))).toEqual([]);
    });
  });

  test('never exceeds a mode even with its own filter removed: the gate stops the rest', async () => {
    const state = fc.tuple(repositoryState, imagePolicies, fc.constantFrom(...MODES));
    await fc.assert(
      fc.asyncProperty(state, async ([tags, given, mode]) => {
        const policies = given.map((policy) => ({ ...policy, mode }));
        const listing = aListing(REPOSITORY, tags);
        const capabilities = IMAGE_CAPABILITIES;
        const input = planInput({ target: REPOSITORY, policies, listing, capabilities });
        const provider = createMemoryProvider(tags, capabilities);
        const written: string[] = [];
        provider.before = (_call, operation) => {
          if (operation !== null) written.push(kindOf(operation));
        };
        const gate = withGate(provider, { protect: [] });

        for (const { operation } of settle(createScene(input)).drifts) {
          await gate
            .perform(REPOSITORY, operation, freely, new AbortController().signal)
            .catch(() => null);
        }

        expect(written.filter((kind) => !MAY[mode].includes(kind))).toEqual([]);
      }),
      { numRuns: CASES },
    );
  });

  const small = fc.record({
    tags: fc.dictionary(fc.stringMatching(/^[a-j]$/), value, { maxKeys: 10 }).map(labels),
    ensure: fc.dictionary(fc.stringMatching(/^[i-n]$/), value, { maxKeys: 5 }),
    rename: fc.array(
      fc.record({ from: fc.constantFrom('a', 'b', 'c'), to: fc.constantFrom('q', 'r', 's') }),
      { maxLength: 3 },
    ),
    glob: fc.constantFrom('[d-f]', '[f-j]', 'z'),
  });

  test('never lets an image pass its cap at any step, nor loses a pair that the end state keeps', () => {
    law(small, ({ tags, ensure, rename, glob }) => {
      const policy = aResourcePolicy({ ensure, rename, remove: [{ by: 'glob', glob }] });

      const { operations, verdict } = planImage(tags, [policy], ANY);

      const before = Object.entries(valuesOf(tags));
      const end = valuesOf(applyInMemory(tags, operations));
      const kept = before.filter(([key, text]) => end[key] === text);
      for (const [index] of verdict.safe ? operations.entries() : []) {
        const between = valuesOf(applyInMemory(tags, operations.slice(0, index + 1)));
        expect(Object.keys(between).length).toBeLessThanOrEqual(10);
        expect(between).toMatchObject(Object.fromEntries(kept));
      }
      expect(verdict.safe && Object.keys(end).length > 10).toBe(false);
    });
  });

  test('never loses the value of a renamed key while there is room', () => {
    const roomy = small.filter(
      ({ tags, ensure, rename }) => tags.length + Object.keys(ensure).length + rename.length <= 10,
    );
    law(roomy, ({ tags, rename }) => {
      const { operations } = planImage(tags, [aResourcePolicy({ rename })], ANY);

      const end = Object.values(valuesOf(applyInMemory(tags, operations)));
      const kept = Object.values(valuesOf(tags)).filter((text) => end.includes(text));
      for (const [index] of operations.entries()) {
        const between = valuesOf(applyInMemory(tags, operations.slice(0, index + 1)));
        expect(Object.values(between)).toEqual(expect.arrayContaining(kept));
      }
    });
  });

  test('copies like one simultaneous assignment, chains and cycles included', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
    const pair = fc.record({ from: fc.constantFrom(...names), to: fc.constantFrom(...names) });
    const assignment = fc.uniqueArray(pair, { selector: ({ to }) => to });
    law(fc.tuple(assignment, fc.subarray([...names])), ([pairs, present]) => {
      const tags = present.map((name) => anImageTag(name));
      const before = valuesOf(tags);
      const copies = pairs.map((one) => ({ ...one, override: true }));

      const { operations } = planRepository(tags, [anImagePolicy({ copies })], ANY);

      const assigned = pairs.flatMap(({ from, to }) =>
        from in before ? [[to, before[from]]] : [],
      );
      expect(valuesOf(applyInMemory(tags, operations))).toEqual({
        ...before,
        ...Object.fromEntries(assigned),
      });
    });
  });

  test('moves 1.9 for a backport release, and never 2, stable or latest', () => {
    const channels = [
      aChannel({ tag: '{{ major }}.{{ minor }}' }),
      aChannel({ tag: '{{ major }}' }),
      aChannel({ tag: 'stable', select: { by: 'semver', range: '>=1.0.0', prerelease: false } }),
      aChannel({ tag: 'latest', backup: 'latest-previous' }),
    ];
    const policy = anImagePolicy({ channels });
    const patch = fc.nat({ max: 4 });
    const state = fc.record({ one: patch, two: patch, minor: patch, extra: fc.boolean() });
    law(state, ({ one, two, minor, extra }) => {
      const names = [`1.9.${one}`, `2.${minor}.${two}`, ...(extra ? ['1.8.7', '0.1.0'] : [])];
      const released = names.map((name) => anImageTag(name, name, { updatedAt: hoursAgo(48) }));
      const settled = applyInMemory(released, planRepository(released, [policy], ANY).operations);
      const backport = anImageTag(`1.9.${one + 1}`, 'backport', { updatedAt: hoursAgo(1) });

      const { operations } = planRepository([...settled, backport], [policy], ANY);

      expect(operations.map(({ tag }) => tag)).toEqual(['1', '1.9']);
    });
  });
});
