import { describe, expect, test } from 'vitest';
import type { RetainRule } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { currentOf } from '../../src/plan/listed-tags.ts';
import { createReading } from '../../src/plan/reading.ts';
import { retainWishes } from '../../src/plan/retain.ts';
import { aChannel, anImagePolicy, aRetain, planRepository } from '../support/policies.ts';
import { anImageTag, aTag, hoursAgo, NOW } from '../support/tags.ts';

const DAY_MS = 86_400_000;
const all = (...names: string[]) => names.map((name) => anImageTag(name));
const aged = (name: string, hours: number) =>
  anImageTag(name, name, { updatedAt: hoursAgo(hours) });
const everything = aRetain({ name: 'rest', pattern: '.*' });

function deletes(tags: readonly ListedTag[], rules: readonly Partial<RetainRule>[]): string[] {
  const policy = anImagePolicy({ retain: rules.map((rule) => aRetain(rule)) });
  return planRepository(tags, [policy]).operations.map(({ tag }) => tag);
}

describe('retainWishes()', () => {
  test.each<[string, ListedTag[], Partial<RetainRule>[], string[]]>([
    [
      'deletes by pattern, matched whole',
      all('ci-1', 'xci-1', 'ci-2'),
      [{ pattern: 'ci-.*' }],
      ['ci-1', 'ci-2'],
    ],
    ['keeps what no rule matches', all('a'), [{ pattern: 'b' }], []],
    [
      'deletes by version range',
      all('1.0.0', '2.0.0', 'x', '1.0.0-rc.1'),
      [{ semver: '<2' }],
      ['1.0.0'],
    ],
    ['lets keep beat delete', all('a', 'b'), [{ action: 'keep', pattern: 'a' }, everything], ['b']],
    [
      'keeps by version range',
      all('1.0.0', 'x'),
      [{ action: 'keep', semver: '*' }, everything],
      ['x'],
    ],
    [
      'keeps prereleases only when the range names one',
      all('1.0.0-rc.1', 'x'),
      [{ action: 'keep', semver: '>=1.0.0-0' }, everything],
      ['x'],
    ],
    [
      'deletes only what is old enough',
      [aged('a', 23), aged('b', 24)],
      [{ olderThanMs: DAY_MS }],
      ['b'],
    ],
    [
      'keeps what has no credible time',
      [
        anImageTag('a', 'a', { updatedAt: null, createdAt: null }),
        anImageTag('b', 'b', { updatedAt: new Date('0001-01-01') }),
        anImageTag('c', 'c', { updatedAt: new Date(NOW.getTime() + 1) }),
        anImageTag('d', 'd', { updatedAt: new Date(Number.NaN) }),
        aged('e', 48),
      ],
      [{ olderThanMs: DAY_MS }],
      ['e'],
    ],
    [
      'keeps the newest of each group',
      [aged('ci-x-1', 3), aged('ci-x-2', 2), aged('ci-y-1', 9)],
      [
        { action: 'keep', pattern: 'ci-.*', newest: 1, groupBy: 'ci-(?<branch>.+)-[0-9]+' },
        everything,
      ],
      ['ci-x-1'],
    ],
    [
      'keeps a tag whose group is not known',
      [aged('ci-x-1', 3), aged('ci-x-2', 2), aged('odd', 9)],
      [{ action: 'keep', newest: 1, groupBy: 'ci-(?<branch>.+)-[0-9]+' }, everything],
      ['ci-x-1'],
    ],
    [
      'keeps the newest of all without groups, and as many as are equally new',
      [aged('a', 1), aged('b', 2), aged('c', 2), aged('d', 3)],
      [{ action: 'keep', newest: 2 }, everything],
      ['d'],
    ],
    [
      'keeps what has no credible time beside the newest',
      [aged('a', 1), aged('b', 2), anImageTag('c', 'c', { updatedAt: new Date(0) })],
      [{ action: 'keep', newest: 1 }, everything],
      ['b'],
    ],
    [
      'keeps all when no time is credible',
      [anImageTag('a', 'a', { updatedAt: new Date(0) })],
      [{ action: 'keep', newest: 1 }, everything],
      [],
    ],
    [
      'keeps only what is old enough, or of unknown age, when keep asks for age',
      [aged('a', 48), aged('b', 1), anImageTag('c', 'c', { updatedAt: new Date(0) })],
      [{ action: 'keep', olderThanMs: DAY_MS }, everything],
      ['b'],
    ],
    [
      'keeps every tag when groupBy has no named group',
      all('a', 'b'),
      [{ action: 'keep', newest: 1, groupBy: '.*' }, everything],
      [],
    ],
    [
      'counts several names of one digest once, and keeps all of them, whatever rule they meet',
      [
        anImageTag('ci-1', 'new', { updatedAt: hoursAgo(1) }),
        anImageTag('ci-2', 'new', { updatedAt: hoursAgo(2) }),
        anImageTag('nightly', 'new', { updatedAt: hoursAgo(9) }),
        anImageTag('ci-3', 'old', { updatedAt: hoursAgo(3) }),
        anImageTag('ci-4', 'older', { updatedAt: hoursAgo(4) }),
      ],
      [{ action: 'keep', pattern: 'ci-.*', newest: 2, countBy: 'digest' }, everything],
      ['ci-4'],
    ],
    [
      'counts a name of unknown digest for itself',
      [
        aTag('a', null, { updatedAt: hoursAgo(1) }),
        aTag('b', null, { updatedAt: hoursAgo(2) }),
        aTag('c', null, { updatedAt: new Date(0) }),
      ],
      [{ action: 'keep', newest: 1, countBy: 'digest' }, everything],
      ['b'],
    ],
    ['matches nothing with a delete that counts the newest', all('a', 'b'), [{ newest: 1 }], []],
    [
      'does not see signatures, attestations, bills of materials and fallback tags',
      all(
        'a',
        'b',
        'c',
        'sha256-ab12.sig',
        'sha256-ab12.att',
        'sha256-ab12.sbom',
        `sha256-${'a'.repeat(64)}`,
      ),
      [{ pattern: '.*' }],
      ['a', 'b', 'c'],
    ],
  ])('%s', (_name, tags, rules, expected) => {
    expect(deletes(tags, rules)).toEqual(expected);
  });

  test.each<[Partial<RetainRule>, string]>([
    [{}, 'rule "rule": every tag'],
    [
      { pattern: 'a', semver: '*', olderThanMs: DAY_MS },
      'rule "rule": matches a and is a version in * and is older than 1d',
    ],
    [{ newest: 2 }, 'rule "rule": is among the 2 newest'],
    [
      { newest: 2, countBy: 'digest', groupBy: '(?<b>.).*' },
      'rule "rule": is among the 2 newest digests of each (?<b>.).*',
    ],
  ])('gives its conditions as the reason: %j', (conditions, because) => {
    const retain = [aRetain({ ...conditions, action: 'keep' }), aRetain(conditions)];
    const { tags } = currentOf(all('a', '1.0.0'));
    const input = { tags, reading: createReading(), now: NOW };

    const wishes = retainWishes(anImagePolicy({ retain }), input);

    for (const { origin } of wishes) expect(origin.because).toBe(because);
  });

  test('deletes a tag of unknown digest by its name', () => {
    const policy = anImagePolicy({ retain: [aRetain({ pattern: 'a', olderThanMs: DAY_MS })] });

    const { operations } = planRepository([aTag('a', null), aTag('b', null)], [policy]);

    expect(operations).toEqual([
      {
        type: 'delete',
        tag: 'a',
        replaces: null,
        makesRoomFor: null,
        policy: 'policy-a',
        rule: 'retain[0]',
        mode: 'sync',
        because:
          'rule "rule": matches a and is older than 1d: updated 2025-06-01T00:00:00Z (365 days)',
      },
    ]);
  });

  test('never deletes the source or the result of a copy', () => {
    const policy = anImagePolicy({
      copies: [{ from: 'a', to: 'b', override: false }],
      retain: [everything],
    });

    const { operations } = planRepository(all('a', 'b', 'c'), [policy]);

    expect(operations.map(({ tag }) => tag)).toEqual(['c']);
  });

  test('does not count what copies and channels write among the newest', () => {
    const policy = anImagePolicy({
      copies: [{ from: '1.0.0', to: 'copied', override: false }],
      channels: [aChannel()],
      retain: [aRetain({ action: 'keep', newest: 2 }), everything],
    });
    const moving = ['stable', 'copied'].map((name) =>
      anImageTag(name, '1.0.0', { updatedAt: hoursAgo(0) }),
    );

    const { operations } = planRepository(
      [...moving, aged('1.0.0', 3), aged('a', 4), aged('b', 5), aged('c', 6)],
      [policy],
    );

    expect(operations.map(({ tag }) => tag)).toEqual(['b', 'c']);
  });

  test('attributes a delete to the policy that may make it', () => {
    const policies = [
      anImagePolicy({ mode: 'upsert-only', retain: [aRetain({ pattern: 'a' })] }),
      anImagePolicy({
        name: 'policy-b',
        retain: [aRetain({ semver: '*', pattern: null }), aRetain({ pattern: 'a' })],
      }),
    ];

    const { operations } = planRepository(all('a', 'b'), policies);

    expect(operations).toMatchObject([{ tag: 'a', policy: 'policy-b', rule: 'retain[1]' }]);
  });
});
