import { describe, expect, test } from 'vitest';
import { imageYaml, issuesOf, policyOf } from './policies.ts';

const TO = 'to: [{ account: prod }]';

describe('a promotion', () => {
  test('has its defaults filled in', () => {
    const policy = policyOf(imageYaml(`promote: [{ ${TO}, select: { semver: "*" } }]`));

    expect(policy).toMatchObject({
      channels: [],
      promote: [
        {
          to: [{ account: 'prod', repository: '{{ repository }}' }],
          tag: null,
          filter: null,
          select: { by: 'semver', range: '*', prerelease: false },
          count: 1,
          minAgeMs: 0,
          ageBy: 'stated',
          requirePlatforms: [],
          noClobber: true,
          referrers: false,
        },
      ],
    });
  });

  test('is read with everything it may say', () => {
    const policy = policyOf(
      imageYaml(
        'promote:\n' +
          '    - to: [{ repository: "release/{{ repository }}" }, { account: prod, repository: web }]\n' +
          '      filter: { pattern: "r-(?<n>[0-9]+)", extract: n }\n' +
          '      select: { numerical: highest }\n' +
          '      count: all\n' +
          '      minAge: 2h\n' +
          '      ageBy: first-seen\n' +
          '      requirePlatforms: [linux/amd64, linux/arm/v7]\n' +
          '      noClobber: false\n' +
          '      referrers: true',
      ),
    );

    expect(policy).toMatchObject({
      promote: [
        {
          to: [
            { account: null, repository: 'release/{{ repository }}' },
            { account: 'prod', repository: 'web' },
          ],
          filter: { pattern: 'r-(?<n>[0-9]+)', extract: 'n' },
          count: null,
          minAgeMs: 7_200_000,
          ageBy: 'first-seen',
          requirePlatforms: ['linux/amd64', 'linux/arm/v7'],
          noClobber: false,
          referrers: true,
        },
      ],
    });
  });

  test.each([
    { what: 'nowhere to go', rule: 'to: [], select: { semver: "*" }', code: 'wrong-value' },
    {
      what: 'itself as its destination',
      rule: 'to: [{}], select: { semver: "*" }',
      code: 'contradiction',
    },
    {
      what: 'a path with another template',
      rule: 'to: [{ account: prod, repository: "{{ image.name }}" }], select: { semver: "*" }',
      code: 'wrong-value',
    },
    {
      what: 'a path with the template twice',
      rule: 'to: [{ account: prod, repository: "{{ repository }}/{{ repository }}" }], select: { semver: "*" }',
      code: 'wrong-value',
    },
    {
      what: 'a blank path',
      rule: 'to: [{ account: prod, repository: " " }], select: { semver: "*" }',
      code: 'wrong-value',
    },
    {
      what: 'a name and a count',
      rule: `${TO}, select: { semver: "*" }, tag: stable, count: 2`,
      code: 'contradiction',
    },
    {
      what: 'parts of a version it does not compare',
      rule: `${TO}, select: { numerical: highest }, tag: "{{ major }}"`,
      code: 'contradiction',
    },
    {
      what: 'a group its pattern lacks',
      rule: `${TO}, select: { semver: "*" }, filter: { pattern: "a", extract: n }`,
      code: 'unknown-group',
    },
    {
      what: 'a platform that is none',
      rule: `${TO}, select: { semver: "*" }, requirePlatforms: [amd64]`,
      code: 'wrong-value',
    },
    {
      what: 'another way to count an age',
      rule: `${TO}, select: { semver: "*" }, ageBy: pushed`,
      code: 'wrong-value',
    },
    { what: 'no count', rule: `${TO}, select: { semver: "*" }, count: 0`, code: 'wrong-value' },
  ])('is refused for $what', ({ rule, code }) => {
    const issues = issuesOf(imageYaml(`promote: [{ ${rule} }]`));

    expect(issues.map((issue) => issue.code)).toContain(code);
  });
});

test('a retain rule that counts an age in its own way has one', () => {
  const rule = 'name: a, action: delete, pattern: "x", ageBy: first-seen';

  expect(issuesOf(imageYaml(`retain: [{ ${rule} }]`)).map(({ code }) => code)).toEqual([
    'contradiction',
  ]);
  expect(policyOf(imageYaml(`retain: [{ ${rule}, olderThan: 1d }]`))).toMatchObject({
    retain: [{ ageBy: 'first-seen' }],
  });
});
