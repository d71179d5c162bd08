import { describe, expect, test } from 'vitest';
import { planInputOf, runPolicyTest } from '../../src/check/run-test.ts';
import type { Policy, PolicySet } from '../../src/model/policy.ts';
import { capabilitiesOf } from '../../src/providers/capabilities.ts';
import { aChannel, anImagePolicy, aResourcePolicy, aRetain } from '../support/policies.ts';
import { anExpectation, aPolicyTest } from '../support/policy-tests.ts';
import { anImageTag, digestOf, hoursAgo, IMAGE, labels, NOW } from '../support/tags.ts';

function benchOf(...policies: readonly Policy[]) {
  const set: PolicySet = { revision: digestOf('set'), policies, tests: [] };
  return {
    set,
    capabilitiesOf: (provider: Parameters<typeof capabilitiesOf>[0]['provider']) =>
      capabilitiesOf({ provider }),
  };
}

const stable = anImagePolicy({ name: 'channels', channels: [aChannel()] });
const wantsStable = anExpectation({
  type: 'copy',
  tag: 'stable',
  from: '1.0.0',
  policy: 'channels',
});

describe('runPolicyTest()', () => {
  test('passes when plan, status and findings are as expected', () => {
    const wanted = { status: 'drifted', operations: [wantsStable], findings: [] } as const;

    const result = runPolicyTest(aPolicyTest({ expect: wanted }), benchOf(stable));

    expect(result).toMatchObject({ status: 'passed', policies: ['channels'], differences: [] });
  });

  test('fails with every difference at once', () => {
    const wanted = { severity: 'error', message: 'nobody says this' } as const;
    const test_ = aPolicyTest({
      expect: { status: 'in-sync', operations: [], findings: [wanted] },
    });

    const result = runPolicyTest(test_, benchOf(stable));

    expect(result).toMatchObject({
      status: 'failed',
      differences: [
        { type: 'status', expected: 'in-sync', planned: 'drifted' },
        { type: 'unexpected', planned: { type: 'copy', tag: 'stable' } },
        { type: 'finding', expected: wanted },
      ],
    });
  });

  test('explains the names of missing operations, and no others', () => {
    const operations = [
      wantsStable,
      { ...wantsStable, tag: 'nightly' },
      { ...wantsStable, type: 'add' as const, tag: 'nightly' },
    ];
    const wanted = { status: null, operations, findings: null };

    const result = runPolicyTest(aPolicyTest({ expect: wanted }), benchOf(stable));

    expect(result).toMatchObject({
      status: 'failed',
      explanations: [{ tag: 'nightly', decision: null }],
    });
  });

  test('plays at the clock of the test', () => {
    const policy = anImagePolicy({ channels: [aChannel({ minAgeMs: 3_600_000 })] });
    const young = { listing: [anImageTag('1.0.0', '1.0.0', { createdAt: NOW, updatedAt: NOW })] };
    const later = new Date(NOW.getTime() + 3_600_000);

    const results = [NOW, later].map((now) =>
      runPolicyTest(
        aPolicyTest({
          ...young,
          now,
          expect: { status: 'in-sync', operations: [], findings: null },
        }),
        benchOf(policy),
      ),
    );

    expect(results.map(({ status }) => status)).toEqual(['passed', 'failed']);
  });

  test('knows the limits of the provider', () => {
    const labeled = labels(
      Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, 'x'])),
    );
    const test_ = aPolicyTest({
      target: IMAGE,
      provider: 'huawei-ims',
      listing: labeled,
      expect: {
        status: 'refused',
        operations: [anExpectation({ type: 'add', tag: 'owner' })],
        findings: null,
      },
    });

    const result = runPolicyTest(test_, benchOf(aResourcePolicy({ ensure: { owner: 'shop' } })));

    expect(result).toMatchObject({ status: 'passed', plan: { verdict: { safe: false } } });
  });

  test('leaves out policies that are suspended, select other targets or are not under test', () => {
    const policies = [
      stable,
      anImagePolicy({ ...stable, name: 'suspended', suspend: true }),
      anImagePolicy({
        ...stable,
        name: 'elsewhere',
        targets: [{ account: 'hub', repositories: ['**'], exclude: [] }],
      }),
      anImagePolicy({ name: 'retention', retain: [aRetain({ pattern: '.*', action: 'keep' })] }),
    ];
    const namesOf = (names: readonly string[] | null) =>
      planInputOf(aPolicyTest({ policies: names }), benchOf(...policies)).policies.map(
        ({ name }) => name,
      );

    expect(namesOf(null)).toEqual(['channels', 'retention']);
    expect(namesOf(['retention', 'suspended'])).toEqual(['retention']);
    expect(namesOf(['elsewhere'])).toEqual([]);
  });

  test('fails when no policy selects the target, unless the test says so', () => {
    const elsewhere = { account: 'elsewhere', path: 'x' };
    const statusOf = (target: typeof elsewhere | null, names: readonly string[] | null) => {
      const test_ = aPolicyTest({ policies: names, ...(target === null ? {} : { target }) });
      const result = runPolicyTest(test_, benchOf(anImagePolicy({ name: 'channels' })));
      return [result.status, 'differences' in result ? result.differences : []];
    };

    expect(statusOf(elsewhere, null)).toEqual([
      'failed',
      [{ type: 'selection', expected: 'some' }],
    ]);
    expect(statusOf(elsewhere, ['channels'])).toMatchObject(['failed', [{ expected: 'some' }]]);
    expect(statusOf(elsewhere, [])).toEqual(['passed', []]);
    expect(statusOf(null, [])).toEqual(['failed', [{ type: 'selection', expected: 'none' }]]);
    expect(statusOf(null, null)).toEqual(['passed', []]);
  });

  test('knows a retain rule by its path and by its name', () => {
    const policy = anImagePolicy({ retain: [aRetain({ name: 'old', pattern: 'ci-.*' })] });
    const listing = ['1.0.0', '1.1.0', '1.2.0', 'ci-1'].map((name) => anImageTag(name));
    const played = ['old', 'retain[0]', 'new'].map((rule) => {
      const expect = { status: null, operations: [anExpectation({ rule })], findings: null };
      return runPolicyTest(aPolicyTest({ listing, expect }), benchOf(policy)).status;
    });

    expect(played).toEqual(['passed', 'passed', 'failed']);
  });

  test.each([
    ['chanels', 'perhaps "channels"'],
    ['something-else', 'one of channels'],
  ])('cannot run against policy "%s" that is not there', (name, remedy) => {
    const result = runPolicyTest(aPolicyTest({ name: 'mine', policies: [name] }), benchOf(stable));

    expect(result).toMatchObject({
      status: 'broken',
      error: `Cannot run test "mine": there is no policy "${name}", wanted ${remedy}`,
    });
  });

  test('counts a change that a mode leaves out as drift', () => {
    const watched = anImagePolicy({ ...stable, mode: 'observe' });
    const old = anImageTag('1.0.0', '1.0.0', { updatedAt: hoursAgo(100) });
    const wanted = {
      status: 'drifted',
      operations: [],
      findings: [{ severity: 'info', message: 'Left out by mode "observe"' }],
    } as const;

    const result = runPolicyTest(aPolicyTest({ listing: [old], expect: wanted }), benchOf(watched));

    expect(result.status).toBe('passed');
  });

  test('lets an image copy keys from itself, as the service does', () => {
    const copyFrom = [{ image: IMAGE.path, keys: ['owner'], overwrite: true }];
    const policy = aResourcePolicy({ copyFrom });
    const listing = labels({ owner: 'shop' });

    const result = runPolicyTest(
      aPolicyTest({ target: IMAGE, provider: 'huawei-ims', listing }),
      benchOf(policy),
    );

    expect(result).toMatchObject({ status: 'passed', plan: { findings: [] } });
  });
});
