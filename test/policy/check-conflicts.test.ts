import { describe, expect, test } from 'vitest';
import { checkConflicts } from '../../src/policy/check-conflicts.ts';
import { imageYaml, resourceYaml, setOf } from './policies.ts';

function conflictsIn(...documents: readonly string[]): readonly string[] {
  return checkConflicts(setOf(...documents).policies).map(
    ({ policy, complaint: { rule, problem } }) => `${problem.severity} ${policy.name} ${rule}`,
  );
}

function owner(value: string, name: string, more = ''): string {
  return resourceYaml(`tags: { ensure: { owner: ${value} } }${more}`, name);
}

const EXEMPT =
  '\n  exemptions: [{ target: "ims-north/x", until: 2026-12-31, reason: r, tags: [TAGS] }]';

describe('checkConflicts()', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['values that agree', [owner('x', 'a'), owner('x', 'b')], []],
    ['values that differ', [owner('x', 'a'), owner('y', 'b')], ['error b tags.ensure.owner']],
    ['a suspended policy', [owner('x', 'a'), owner('y', 'b', '\n  suspend: true')], []],
    ['templates, which may agree', [owner('x', 'a'), owner('"{{ image.name }}"', 'b')], []],
    [
      'one policy with two overlapping targets',
      [
        owner(
          'x',
          'a',
          '\n  targets: [{ account: ims-north, images: { name: "*" } }, { account: ims-north, images: { name: "a*" } }]',
        ),
      ],
      [],
    ],
    [
      'targets that cannot meet although nothing in their names says so',
      ['public', 'private'].map((visibility) =>
        owner(
          visibility,
          visibility,
          `\n  targets: [{ account: ims-north, images: { visibility: ${visibility} } }]`,
        ),
      ),
      [],
    ],
    [
      'an exemption of the key',
      [owner('x', 'a', EXEMPT.replace('TAGS', '"own*"')), owner('y', 'b')],
      ['warning b tags.ensure.owner'],
    ],
    [
      'an exemption of every key',
      [owner('x', 'a'), owner('y', 'b', EXEMPT.replace('TAGS', ''))],
      ['warning b tags.ensure.owner'],
    ],
    [
      'an exemption of another key',
      [owner('x', 'a', EXEMPT.replace('TAGS', 'stage')), owner('y', 'b')],
      ['error b tags.ensure.owner'],
    ],
    [
      'defaults that differ on the same images',
      ['x', 'y'].map((value) => resourceYaml(`tags: { default: { owner: ${value} } }`, value)),
      ['warning y tags.default.owner'],
    ],
    [
      'a default and a value that is ensured',
      ['ensure', 'default'].map((section) =>
        resourceYaml(`tags: { ${section}: { owner: ${section} } }`, section),
      ),
      [],
    ],
    [
      'copies from different tags',
      [
        imageYaml('copies: [{ from: v1, to: prod }]', 'a'),
        imageYaml('copies: [{ from: v2, to: prod }]', 'b'),
      ],
      ['error b copies[0]'],
    ],
    [
      'a channel and the backup of another',
      [
        imageYaml('channels: [{ tag: stable, select: { semver: "*" }, backup: old }]', 'a'),
        imageYaml('channels: [{ tag: old, select: { semver: "<1" } }]', 'b'),
      ],
      ['warning b channels[0]'],
    ],
    [
      'channels and backups that agree',
      ['a', 'b'].map((name) =>
        imageYaml('channels: [{ tag: stable, select: { semver: "*" }, backup: old }]', name),
      ),
      [],
    ],
    [
      'repositories that do not meet',
      ['shop/*', 'tools/*'].map((glob, index) =>
        imageYaml(
          `targets: [{ account: swr-north, repositories: ["${glob}"] }]\n  copies: [{ from: v${index}, to: prod }]`,
          `p${index}`,
        ),
      ),
      [],
    ],
  ])('checkConflicts() judges %s', (_what, documents, complaints) => {
    expect(conflictsIn(...documents)).toEqual(complaints);
  });

  test('checkConflicts() complains once a rule, about the surest conflict', () => {
    const narrow = (name: string, glob: string, value: string): string =>
      owner(value, name, `\n  targets: [{ account: ims-north, images: { name: "${glob}" } }]`);

    const [complaint, ...others] = checkConflicts(
      setOf(narrow('a', '*-prod', 'x'), narrow('b', 'web-*', 'y'), narrow('c', 'web-1-prod', 'z'))
        .policies,
    ).filter(({ policy }) => policy.name === 'c');

    expect(others).toEqual([]);
    expect(complaint?.complaint.problem).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/^"owner" is "z" here and "[xy]" in policy "[ab]"/),
    });
  });

  test('checkConflicts() prefers a sure conflict that comes after a possible one', () => {
    const wide = owner(
      'x',
      'a',
      '\n  targets: [{ account: ims-north, images: { visibility: public } }]',
    );
    const named = owner(
      'y',
      'b',
      '\n  targets: [{ account: ims-north, images: { name: "web-*" } }]',
    );
    const inner = owner(
      'z',
      'c',
      '\n  targets: [{ account: ims-north, images: { name: "web-1" } }]',
    );

    expect(conflictsIn(wide, named, inner)).toEqual([
      'warning b tags.ensure.owner',
      'error c tags.ensure.owner',
    ]);
  });
});
