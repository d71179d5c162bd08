import { describe, expect, test } from 'vitest';
import { imageYaml, issuesOf, resourceYaml, setOf } from './policies.ts';

function defaultsYaml(spec: string, name = 'all'): string {
  return `apiVersion: tagwarden/v1\nkind: PolicyDefaults\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`;
}

/** The only policy of a set with these defaults. */
function merged(defaults: string, policy = resourceYaml('')) {
  const [first] = setOf(policy, defaultsYaml(defaults)).policies;
  if (first === undefined) throw new Error('no policy');
  return first;
}

function placesWith(defaults: string, policy: string): readonly string[] {
  return issuesOf(`${policy}---\n${defaultsYaml(defaults)}`).map(
    ({ line, column, code }) => `${line}:${column} ${code}`,
  );
}

describe('applyDefaults()', () => {
  test.each([
    ['interval: 15m', '', { type: 'interval', intervalMs: 900_000 }],
    ['interval: 15m', 'interval: 1m', { type: 'interval', intervalMs: 60_000 }],
    ['protect: [x]', '', { type: 'interval', intervalMs: 1_800_000 }],
    [
      'schedule: { cron: "0 3 * * *", timeZone: UTC }',
      '',
      { type: 'cron', cron: '0 3 * * *', timeZone: 'UTC' },
    ],
    [
      'interval: 15m, overrides: [{ policies: ["la*"], fields: [interval] }]',
      'interval: 1m',
      { type: 'interval', intervalMs: 60_000 },
    ],
    ['protect: [x], overrides: []', 'interval: 1m', { type: 'interval', intervalMs: 60_000 }],
  ])(
    'applyDefaults() of %s to a policy with "%s" gives the schedule %j',
    (defaults, spec, schedule) => {
      expect(merged(defaults, resourceYaml(spec)).schedule).toEqual(schedule);
    },
  );

  test.each([
    ['maxDeletes: 10', '', { maxChanges: null, maxDeletes: 10, maxDeletePercent: null }],
    [
      'maxDeletes: 10',
      'maxDeletes: 5',
      { maxChanges: null, maxDeletes: 5, maxDeletePercent: null },
    ],
    ['maxDeletes: 10', 'maxChanges: 5', { maxChanges: 5, maxDeletes: 10, maxDeletePercent: null }],
    [
      'maxDeletes: 10',
      'maxDeletes: 10',
      { maxChanges: null, maxDeletes: 10, maxDeletePercent: null },
    ],
  ])('applyDefaults() of limits %s and %s is the tighter of each', (ceiling, own, limits) => {
    const policy = merged(`limits: { ${ceiling} }`, resourceYaml(`limits: { ${own} }`));

    expect(policy.limits).toEqual(limits);
  });

  test('applyDefaults() lets a named policy go above a limit', () => {
    const policy = merged(
      'limits: { maxDeletes: 10 }, overrides: [{ policies: [labels], fields: [limits] }]',
      resourceYaml('limits: { maxDeletes: 50 }'),
    );

    expect(policy.limits.maxDeletes).toBe(50);
  });

  test('applyDefaults() adds protected names and exemptions to the own ones, with their places', () => {
    const policy = merged(
      'protect: [a, b], exemptions: [{ target: "**", until: 2026-12-31, reason: all }]',
      imageYaml(
        'copies: [{ from: x, to: y }]\n  protect: [b, c]\n' +
          '  exemptions: [{ target: "swr-north/**", tags: [y], until: 2026-07-01, reason: own }]',
      ),
    );

    expect(policy.protect).toEqual(['b', 'c', 'a']);
    expect(policy.exemptions).toEqual([
      { target: 'swr-north/**', tags: ['y'], until: new Date('2026-07-01'), reason: 'own' },
      { target: '**', tags: [], until: new Date('2026-12-31'), reason: 'all' },
    ]);
    expect(policy.positions['exemptions[0]']).toMatchObject({ line: 9 });
    expect(policy.positions['exemptions[1]']).toMatchObject({ line: 14 });
  });

  test.each([
    ['limits: { maxDeletes: 10 }', 'limits: { maxDeletes: 11 }', ['9:13 loose-limit']],
    [
      'limits: { maxDeletes: 10 }, overrides: [{ policies: ["ci-*"], fields: [limits] }]',
      'limits: { maxDeletes: 11 }',
      ['9:13 loose-limit'],
    ],
    [
      'limits: { maxDeletes: 10 }, overrides: [{ policies: [labels], fields: [interval] }]',
      'limits: { maxDeletes: 11 }',
      ['9:13 loose-limit'],
    ],
    ['interval: 15m, overrides: []', 'interval: 1m', ['9:3 override-refused']],
    [
      'interval: 15m, overrides: []',
      'schedule: { cron: "0 3 * * *", timeZone: UTC }',
      ['9:3 override-refused'],
    ],
  ])('applyDefaults() of %s refuses %s', (defaults, spec, places) => {
    const policy = resourceYaml(`suspend: false\n  ${spec}`);

    expect(placesWith(defaults, policy)).toEqual(places);
  });

  test('applyDefaults() says when the policy would run instead', () => {
    const text = `${resourceYaml('interval: 1m')}---\n${defaultsYaml(
      'schedule: { cron: "0 3 * * *", timeZone: UTC }, overrides: []',
    )}`;

    expect(issuesOf(text)[0]?.expected).toBe(
      'no interval, which means "0 3 * * *" in UTC; or the policy under overrides',
    );
  });
});
