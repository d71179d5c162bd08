import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatcher } from '../../src/model/glob.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { ImageTagPolicy, ResourceTagPolicy } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { anImagePolicy, aRetain, planImage, planRepository } from '../support/policies.ts';
import { applyInMemory, NOW, valuesOf } from '../support/tags.ts';
import {
  imagePolicies,
  imageState,
  images,
  repositoryState,
  resourcePolicies,
} from './arbitraries.ts';
import { ANY, deeds, LAW_TIMEOUT_MS, law } from './laws.ts';

const anyImage = fc.record({ tags: imageState, policies: resourcePolicies, images });
const anyRepository = fc.record({ tags: repositoryState, policies: imagePolicies });

interface Case {
  readonly plan: Plan;
  readonly tags: readonly ListedTag[];
  readonly policies: readonly (ResourceTagPolicy | ImageTagPolicy)[];
}

/** Every other case is an image, every other one a repository. */
function eachPlan(check: (given: Case) => void): void {
  law(fc.oneof(anyImage, anyRepository), (given) => {
    const plan =
      'images' in given
        ? planImage(given.tags, given.policies, { ...ANY, images: given.images })
        : planRepository(given.tags, given.policies, ANY);
    check({ plan, tags: given.tags, policies: given.policies });
  });
}

describe('planTarget()', { timeout: LAW_TIMEOUT_MS }, () => {
  test('reaches what it wants from any state, and then plans nothing: images', () => {
    law(anyImage, ({ tags, policies, ...rest }) => {
      const options = { ...ANY, images: rest.images };
      const { operations } = planImage(tags, policies, options);

      const after = applyInMemory(tags, operations);

      expect(planImage(after, policies, options).operations).toEqual([]);
    });
  });

  test('reaches what it wants from any state, and then plans nothing: repositories', () => {
    law(anyRepository, ({ tags, policies }) => {
      const { operations } = planRepository(tags, policies, ANY);

      const after = applyInMemory(tags, operations);

      expect(deeds(planRepository(after, policies, ANY).operations)).toEqual([]);
    });
  });

  test('ends with the value each operation promises', () => {
    eachPlan(({ plan, tags }) => {
      const after = valuesOf(applyInMemory(tags, plan.operations));

      const broken = plan.operations
        .filter(({ tag }) => !tag.startsWith('tagwarden-tmp-'))
        .filter((one) => after[one.tag] !== (one.type === 'delete' ? undefined : one.value));
      expect(broken).toEqual([]);
    });
  });

  test('never touches a protected name or a signature, in any mode', () => {
    eachPlan(({ plan, policies }) => {
      const isProtected = globMatcher([...policies.flatMap(({ protect }) => protect), 'sha256-*']);

      expect(plan.operations.filter(({ tag }) => isProtected(tag))).toEqual([]);
    });
  });

  test('never deletes what a keep rule keeps', () => {
    const keep = anImagePolicy({
      name: 'keep',
      retain: [aRetain({ action: 'keep', pattern: 'ci-.*' })],
    });
    law(anyRepository, ({ tags, policies }) => {
      const { operations } = planRepository(tags, [...policies, keep], ANY);

      expect(deeds(operations).filter((deed) => deed.startsWith('delete ci-'))).toEqual([]);
    });
  });

  test('never deletes a digest that a kept tag needs through a sibling', () => {
    const keep = anImagePolicy({
      name: 'keep',
      retain: [
        aRetain({ action: 'keep', pattern: '\\d+\\.\\d+\\.\\d+', newest: 2, countBy: 'digest' }),
      ],
    });
    law(anyRepository, ({ tags, policies }) => {
      const written = policies.flatMap(({ copies, channels }) => [
        ...copies.map(({ to }) => to),
        ...channels.map(({ tag }) => tag),
      ]);
      const counted = tags.filter(
        ({ name }) => /^\d+\.\d+\.\d+$/.test(name) && !written.includes(name),
      );
      const times = counted.map(({ updatedAt }) => updatedAt?.getTime() ?? 0);
      const newest = counted.find(({ updatedAt }) => updatedAt?.getTime() === Math.max(...times));

      const { operations } = planRepository(tags, [...policies, keep], ANY);

      const gone = operations.filter(({ type }) => type === 'delete').map(({ tag }) => tag);
      const siblings = tags.filter(({ value }) => value === newest?.value);
      expect(siblings.filter(({ name }) => gone.includes(name) && !written.includes(name))).toEqual(
        [],
      );
    });
  });

  test('does nothing to an exempt name on behalf of the policy that exempts it', () => {
    const until = new Date(NOW.getTime() + 1);
    const exemption = {
      target: '*/**',
      tags: ['a', '1.*', 'stable', 'ci-1'],
      until,
      reason: 'freeze',
    };
    const isExempt = globMatcher(exemption.tags);
    law(fc.oneof(anyImage, anyRepository), (given) => {
      const exempt = { exemptions: [exemption] };
      const { operations } =
        'images' in given
          ? planImage(
              given.tags,
              given.policies.map((policy) => ({ ...policy, ...exempt })),
              ANY,
            )
          : planRepository(
              given.tags,
              given.policies.map((policy) => ({ ...policy, ...exempt })),
              ANY,
            );

      expect(operations.filter(({ tag }) => isExempt(tag))).toEqual([]);
    });
  });
});
