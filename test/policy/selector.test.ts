import { describe, expect, test } from 'vitest';
import type { Tag } from '../../src/model/tag.ts';
import type { Attributes, Target } from '../../src/model/target.ts';
import {
  discoveryHints,
  needsAttributes,
  policiesFor,
  policiesForTags,
  selectsTarget,
} from '../../src/policy/selector.ts';
import { imageYaml, policyOf, resourceYaml, setOf } from './policies.ts';

function images(...selectors: readonly string[]): string {
  const targets = selectors.map((images) => `{ account: ims-north, images: ${images} }`);
  return `targets: [${targets.join(', ')}]`;
}

const IMAGE: Target = { account: 'ims-north', path: 'id-1' };
const FACTS: Attributes = { name: 'golden-1', visibility: 'private' };
const TAGS: readonly Tag[] = [{ name: 'stage', value: 'prod' }];

describe('selectsTarget()', () => {
  test.each([
    ['{ name: "golden-*" }', true],
    ['{ name: "silver-*" }', false],
    ['{ visibility: private }', true],
    ['{ visibility: public }', false],
    ['{ ids: [id-1, id-2] }', true],
    ['{ ids: [id-2] }', false],
    ['{ tags: { stage: prod } }', true],
    ['{ tags: { stage: dev } }', false],
    ['{ tags: { stage: prod, owner: x } }', false],
    ['{ name: "golden-*", visibility: private, ids: [id-1], tags: { stage: prod } }', true],
    ['{ name: "golden-*", visibility: public, ids: [id-1], tags: { stage: prod } }', false],
  ])('selectsTarget() of images %s is %s', (selector, expected) => {
    const policy = policyOf(resourceYaml(images(selector)));

    expect(selectsTarget(policy, IMAGE, FACTS, TAGS)).toBe(expected);
  });

  test.each([
    ['{ name: "golden-*" }', null, TAGS, 'unknown'],
    ['{ visibility: private }', null, TAGS, 'unknown'],
    ['{ tags: { stage: prod } }', FACTS, null, 'unknown'],
    ['{ ids: [id-1] }', null, null, true],
    ['{ ids: [id-2], name: "golden-*" }', null, null, false],
    ['{ name: "silver-*", tags: { stage: prod } }', FACTS, null, false],
    ['{ name: "golden-*", tags: { stage: dev } }', null, TAGS, false],
  ] as const)(
    'selectsTarget() of images %s knows what it does not know',
    (selector, facts, tags, expected) => {
      const policy = policyOf(resourceYaml(images(selector)));

      expect(selectsTarget(policy, IMAGE, facts, tags)).toBe(expected);
    },
  );

  test('selectsTarget() takes an image without a name for not selected', () => {
    const policy = policyOf(resourceYaml(images('{ name: "*" }')));

    expect(selectsTarget(policy, IMAGE, {}, TAGS)).toBe(false);
  });

  test('selectsTarget() is true when any of several targets is', () => {
    const known = policyOf(resourceYaml(images('{ name: "x" }', '{ ids: [id-1] }')));
    const open = policyOf(resourceYaml(images('{ name: "x" }', '{ ids: [id-2] }')));

    expect(selectsTarget(known, IMAGE, null, null)).toBe(true);
    expect(selectsTarget(open, IMAGE, null, null)).toBe('unknown');
  });

  test('selectsTarget() never reaches into another account', () => {
    const resource = policyOf(resourceYaml(images('{ name: "*" }')));
    const image = policyOf(imageYaml('copies: [{ from: a, to: b }]'));
    const elsewhere = { account: 'other', path: 'id-1' };

    expect(selectsTarget(resource, elsewhere, FACTS, TAGS)).toBe(false);
    expect(selectsTarget(image, elsewhere, null, null)).toBe(false);
  });

  test.each([
    ['shop/web', true],
    ['shop/sandbox-1', false],
    ['shop/catalog/api', false],
    ['platform/base/debian', true],
    ['tools/lint', false],
  ])('selectsTarget() of repository %s is %s', (path, expected) => {
    const policy = policyOf(
      imageYaml(
        'targets: [{ account: swr-north, repositories: ["shop/*", "platform/**"], exclude: ["shop/sandbox-*"] }]\n' +
          '  copies: [{ from: a, to: b }]',
      ),
    );

    expect(selectsTarget(policy, { account: 'swr-north', path }, null, null)).toBe(expected);
  });
});

describe('policiesFor()', () => {
  const set = setOf(
    resourceYaml(images('{ name: "golden-*" }'), 'by-name'),
    resourceYaml(images('{ tags: { stage: dev } }'), 'by-tags'),
    resourceYaml(`suspend: true\n  ${images('{ ids: [id-1] }')}`, 'asleep'),
    resourceYaml(images('{ ids: [id-2] }'), 'other'),
  );

  test('policiesFor() leaves out suspended policies and keeps those that wait for the tags', () => {
    const policies = policiesFor(set, IMAGE, FACTS);

    expect(policies.map(({ name }) => name)).toEqual(['by-name', 'by-tags']);
  });

  test('policiesFor() refuses to guess without the attributes it needs', () => {
    expect(() => policiesFor(set, IMAGE, null)).toThrow(
      'Cannot select policies for "ims-north/id-1": policy "by-name" selects by name',
    );
  });

  test('policiesFor() needs no attributes where no selector asks for any', () => {
    const byTags = setOf(resourceYaml(images('{ tags: { stage: dev } }'), 'by-tags'));

    expect(policiesFor(byTags, IMAGE, null)).toHaveLength(1);
  });

  test('policiesForTags() drops the policies whose tags are not there', () => {
    const policies = policiesFor(set, IMAGE, FACTS);

    const left = policiesForTags(policies, { target: IMAGE, tags: TAGS }, FACTS);

    expect(left.map(({ name }) => name)).toEqual(['by-name']);
  });
});

describe('needsAttributes()', () => {
  test.each([
    [images('{ name: "x" }'), true],
    [images('{ visibility: shared }'), true],
    [images('{ ids: [id-1] }'), false],
    [images('{ tags: { a: b } }'), false],
    [`${images('{ ids: [id-1] }')}\n  tags: { ensure: { os: "{{ image.osType }}" } }`, true],
    [
      `${images('{ ids: [id-1] }')}\n  tags: { copyFrom: [{ image: "{{ image.sourceImageId }}", keys: [a] }] }`,
      true,
    ],
    [`${images('{ ids: [id-1] }')}\n  tags: { copyFrom: [{ image: id-2, keys: [a] }] }`, false],
    [`${images('{ ids: [id-1] }')}\n  tags: { default: { os: "{{ image.osType }}" } }`, true],
    [`suspend: true\n  ${images('{ name: "x" }')}`, false],
  ])('needsAttributes() of %s is %s', (spec, expected) => {
    const { policies } = setOf(resourceYaml(spec));

    expect(needsAttributes(policies, 'ims-north')).toBe(expected);
  });

  test('needsAttributes() asks for one account only', () => {
    const { policies } = setOf(
      resourceYaml(`${images('{ name: "x" }')}\n  tags: { ensure: { os: "{{ image.osType }}" } }`),
    );

    expect(needsAttributes(policies, 'elsewhere')).toBe(false);
  });

  test('needsAttributes() is false for repositories, which are selected by path', () => {
    const { policies } = setOf(
      imageYaml('channels: [{ tag: "{{ major }}", select: { semver: "*" } }]'),
    );

    expect(needsAttributes(policies, 'swr-north')).toBe(false);
  });
});

describe('discoveryHints()', () => {
  test.each([
    [images('{ ids: [b, a] }'), { visibility: null, paths: ['a', 'b'] }],
    [images('{ ids: [b, a] }', '{ ids: [c, a] }'), { visibility: null, paths: ['a', 'b', 'c'] }],
    [images('{ ids: [a] }', '{ name: "x" }'), { visibility: null, paths: null }],
    [images('{ name: "x" }', '{ ids: [a] }'), { visibility: null, paths: null }],
    [
      images('{ visibility: private }', '{ visibility: private }'),
      { visibility: 'private', paths: null },
    ],
    [
      images('{ visibility: private }', '{ visibility: shared }'),
      { visibility: null, paths: null },
    ],
  ])('discoveryHints() covers %s', (spec, hint) => {
    const hints = discoveryHints(policyOf(resourceYaml(spec)));

    expect([...hints]).toEqual([['ims-north', hint]]);
  });

  test('discoveryHints() names repositories that are written out, by account', () => {
    const hints = discoveryHints(
      policyOf(
        imageYaml(
          'targets: [{ account: swr-north, repositories: [shop/web, shop/api] }, { account: hub, repositories: ["team/*"] }]\n' +
            '  copies: [{ from: a, to: b }]',
        ),
      ),
    );

    expect([...hints]).toEqual([
      ['swr-north', { visibility: null, paths: ['shop/api', 'shop/web'] }],
      ['hub', { visibility: null, paths: null }],
    ]);
  });
});
