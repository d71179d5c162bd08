import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatcher } from '../../src/model/glob.ts';
import type { Operation, Plan } from '../../src/model/plan.ts';
import { type ImageTagPolicy, MODES, type ResourceTagPolicy } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { allows, changeOf } from '../../src/plan/mode.ts';
import { modeAllows } from '../../src/providers/gate.ts';
import {
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  planImage,
  planRepository,
} from '../support/policies.ts';
import { anImageTag, applyInMemory, labels, valuesOf } from '../support/tags.ts';
import {
  imagePolicies,
  imageState,
  oneRuleAChannel,
  repositoryState,
  resourcePolicies,
  value,
} from './arbitraries.ts';

const RUNS = { numRuns: 1_000 };
const ANY = { guards: { maxDeletePercent: 100 } };

const anyImage = fc.tuple(imageState, resourcePolicies);
const anyRepository = fc.tuple(repositoryState, imagePolicies);

function eachPlan(
  check: (plan: Plan, tags: readonly ListedTag[], protect: string[]) => void,
): void {
  fc.assert(
    fc.property(anyImage, ([tags, policies]) => {
      check(planImage(tags, policies, ANY), tags, protectOf(policies));
    }),
    RUNS,
  );
  fc.assert(
    fc.property(anyRepository, ([tags, policies]) => {
      check(planRepository(tags, policies, ANY), tags, protectOf(policies));
    }),
    RUNS,
  );
}

function protectOf(policies: readonly (ResourceTagPolicy | ImageTagPolicy)[]): string[] {
  return policies.flatMap(({ protect }) => protect);
}

describe('planTarget()', () => {
  test('reaches what it wants from any state, and then plans nothing: images', () => {
    fc.assert(
      fc.property(anyImage, ([tags, policies]) => {
        const plan = planImage(tags, policies, ANY);

        const after = applyInMemory(tags, plan.operations);

        expect(planImage(after, policies, ANY).operations).toEqual([]);
      }),
      RUNS,
    );
  });

  test('reaches what it wants from any state, and then plans nothing: repositories', () => {
    fc.assert(
      fc.property(repositoryState, imagePolicies.map(oneRuleAChannel), (tags, policies) => {
        const plan = planRepository(tags, policies, ANY);

        const after = applyInMemory(tags, plan.operations);

        expect(planRepository(after, policies, ANY).operations).toEqual([]);
      }),
      RUNS,
    );
  });

  test('gives the same plan whatever the order of policies and tags', () => {
    fc.assert(
      fc.property(anyImage, ([tags, policies]) => {
        expect(planImage(tags.toReversed(), policies.toReversed(), ANY)).toEqual(
          planImage(tags, policies, ANY),
        );
      }),
      RUNS,
    );
    fc.assert(
      fc.property(anyRepository, ([tags, policies]) => {
        expect(planRepository(tags.toReversed(), policies.toReversed(), ANY)).toEqual(
          planRepository(tags, policies, ANY),
        );
      }),
      RUNS,
    );
  });

  test('never touches a protected name or a signature', () => {
    eachPlan(({ operations }, _tags, protect) => {
      const isProtected = globMatcher([...protect, 'sha256-*']);

      expect(operations.filter(({ tag }) => isProtected(tag))).toEqual([]);
    });
  });

  test('never exceeds a mode', () => {
    eachPlan(({ operations }) => {
      expect(
        operations.filter((operation) => !allows(operation.mode, changeOf(operation))),
      ).toEqual([]);
    });
  });

  test('has a gate behind it that stops every kind of operation its mode filter stops', () => {
    const stubbed = (operation: Operation) => MODES.map((any) => ({ ...operation, mode: any }));
    eachPlan(({ operations }) => {
      for (const operation of operations.flatMap(stubbed)) {
        expect(modeAllows(operation.mode, operation)).toBe(
          allows(operation.mode, changeOf(operation)),
        );
      }
    });
  });

  test('never deletes what a keep rule keeps', () => {
    fc.assert(
      fc.property(repositoryState, imagePolicies, (tags, policies) => {
        const keep = anImagePolicy({
          name: 'keep',
          retain: [aRetain({ action: 'keep', pattern: 'ci-.*' })],
        });

        const { operations } = planRepository(tags, [...policies, keep], ANY);

        expect(
          operations.filter(({ type, tag }) => type === 'delete' && tag.startsWith('ci-')),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  test('never lets an image pass its cap at any step', () => {
    const many = fc.tuple(
      fc.dictionary(fc.stringMatching(/^[a-j]$/), value, { maxKeys: 10 }).map(labels),
      fc.dictionary(fc.stringMatching(/^[k-p]$/), value, { maxKeys: 6 }),
      fc.array(
        fc.record({ from: fc.stringMatching(/^[a-e]$/), to: fc.stringMatching(/^[q-t]$/) }),
        {
          maxLength: 3,
        },
      ),
      fc.constantFrom('[f-j]', '[h-j]', 'z'),
    );
    fc.assert(
      fc.property(many, ([tags, ensure, rename, removed]) => {
        const policy = aResourcePolicy({ ensure, rename, remove: [{ by: 'glob', glob: removed }] });

        const { operations, verdict } = planImage(tags, [policy], ANY);

        const counts = operations.map(
          (_, index) => applyInMemory(tags, operations.slice(0, index + 1)).length,
        );
        const fits = applyInMemory(tags, operations).length <= 10;
        expect(verdict.safe ? Math.max(0, ...counts) : 0).toBeLessThanOrEqual(10);
        expect(verdict.safe || counts.at(-1) === 0).toBe(fits || counts.at(-1) === 0);
      }),
      RUNS,
    );
  });

  test('copies like one simultaneous assignment, chains and cycles included', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
    const assignment = fc.uniqueArray(
      fc.record({ from: fc.constantFrom(...names), to: fc.constantFrom(...names) }),
      { selector: ({ to }) => to },
    );
    fc.assert(
      fc.property(assignment, fc.subarray([...names]), (pairs, present) => {
        const tags = present.map((name) => anImageTag(name));
        const before = valuesOf(tags);
        const copies = pairs.map((pair) => ({ ...pair, override: true }));

        const { operations } = planRepository(tags, [anImagePolicy({ copies })], ANY);

        const assigned = pairs.flatMap(({ from, to }) =>
          from in before ? [[to, before[from]]] : [],
        );
        const after = valuesOf(applyInMemory(tags, operations));
        expect(after).toEqual({ ...before, ...Object.fromEntries(assigned) });
      }),
      RUNS,
    );
  });
});
