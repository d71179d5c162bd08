import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planImage, planRepository } from '../support/policies.ts';
import {
  imagePolicies,
  imageState,
  images,
  repositoryState,
  resourcePolicies,
} from './arbitraries.ts';
import { ANY, LAW_TIMEOUT_MS, law } from './laws.ts';

const anyImage = fc.record({ tags: imageState, policies: resourcePolicies, images });
const anyRepository = fc.record({ tags: repositoryState, policies: imagePolicies });

// A file of its own, as files are what two workers share.
describe('planTarget()', { timeout: LAW_TIMEOUT_MS }, () => {
  test('gives the same plan whatever the order of policies and tags: images', () => {
    law(anyImage, ({ tags, policies, ...rest }) => {
      const options = { ...ANY, images: rest.images };

      const turned = planImage(tags.toReversed(), policies.toReversed(), options);

      expect(turned).toEqual(planImage(tags, policies, options));
    });
  });

  test('gives the same plan whatever the order of policies and tags: repositories', () => {
    law(anyRepository, ({ tags, policies }) => {
      const turned = planRepository(tags.toReversed(), policies.toReversed(), ANY);

      expect(turned).toEqual(planRepository(tags, policies, ANY));
    });
  });
});
