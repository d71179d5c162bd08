import { describe, expect, test } from 'vitest';
import { checkPolicies } from '../../src/policy/check.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { ACCOUNTS } from './accounts.ts';
import { DESIGN_EXAMPLES } from './design-examples.ts';
import { imageYaml, policyOf, resourceYaml } from './policies.ts';

describe('parsePolicies() and the design', () => {
  test.each(DESIGN_EXAMPLES.map((file) => [file.path, file] as const))(
    'parsePolicies() reads %s of the design word for word',
    (_path, file) => {
      const set = parsePolicies([file]);

      expect(set.policies).toHaveLength(1);
      expect(checkPolicies(set, ACCOUNTS).filter(({ severity }) => severity === 'error')).toEqual(
        [],
      );
    },
  );

  test('parsePolicies() keeps of the design what newer rules say', () => {
    const [golden, shop] = parsePolicies(DESIGN_EXAMPLES).policies;

    expect(golden).toMatchObject({
      tags: {
        copyFrom: [{ image: '{{ image.sourceImageId }}', keys: ['owner'], overwrite: false }],
      },
    });
    expect(shop).toMatchObject({
      channels: [
        { backup: 'stable-previous', minAgeMs: 172_800_000 },
        { tag: '{{ major }}.{{ minor }}' },
        { select: { by: 'numerical', order: 'highest' }, filter: { extract: 'ts' } },
      ],
    });
  });

  test.each([
    ['semver: "*"', { by: 'semver', range: '*', prerelease: false }],
    ['numerical: highest', { by: 'numerical', order: 'highest' }],
    ['alphabetical: lowest', { by: 'alphabetical', order: 'lowest' }],
    ['newest: {by: updated}', { by: 'newest', time: 'updated' }],
  ])('parsePolicies() reads select: { %s } as the design writes it', (select, expected) => {
    const policy = policyOf(imageYaml(`channels: [{ tag: latest, select: { ${select} } }]`));

    expect(policy).toMatchObject({ channels: [{ select: expected }] });
  });

  test.each([
    ['newest: 3', 'name'],
    ['newest: 3, countBy: name', 'name'],
    ['newest: 3, countBy: digest', 'digest'],
  ])('parsePolicies() counts a rule with %s by %s', (rule, countBy) => {
    const policy = policyOf(imageYaml(`retain: [{ name: k, action: keep, ${rule} }]`));

    expect(policy).toMatchObject({ retain: [{ countBy }] });
  });

  test('parsePolicies() keeps tests beside policies', () => {
    const text =
      'apiVersion: tagwarden/v1\nkind: PolicyTest\nmetadata: { name: labels }\nspec:\n' +
      '  { now: 2026-06-01, target: a/b, provider: huawei-ims, listing: [], expect: { status: in-sync } }\n';

    const { policies, tests } = parsePolicies([
      { path: 'a.yaml', text: resourceYaml('') },
      { path: 'b.yaml', text },
    ]);

    expect(policies.map(({ name }) => name)).toEqual(['labels']);
    expect(tests.map(({ name }) => name)).toEqual(['labels']);
  });
});
