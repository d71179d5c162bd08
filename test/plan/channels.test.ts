import { describe, expect, test } from 'vitest';
import type { ChannelRule, Selection } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { aChannel, anImagePolicy, planRepository } from '../support/policies.ts';
import { anImageTag, hoursAgo, NOW } from '../support/tags.ts';

const DAY_MS = 86_400_000;

function plan(tags: readonly ListedTag[], channel: Partial<ChannelRule> = {}) {
  return planRepository(tags, [anImagePolicy({ channels: [aChannel(channel)] })]);
}

function moves(tags: readonly ListedTag[], channel: Partial<ChannelRule> = {}): string[] {
  return plan(tags, channel).operations.map((operation) =>
    operation.type === 'copy' ? `${operation.tag} <- ${operation.from}` : operation.type,
  );
}

const all = (...names: string[]) => names.map((name) => anImageTag(name));
const semver = (range: string, prerelease = false): Selection => ({
  by: 'semver',
  range,
  prerelease,
});

describe('channelWishes()', () => {
  test.each<[string, ListedTag[], Partial<ChannelRule>, string[]]>([
    ['chooses the newest version', all('1.9.0', '1.10.0', 'zzz'), {}, ['stable <- 1.10.0']],
    ['reads a v in front', all('v1.0.0', '0.9.0'), {}, ['stable <- v1.0.0']],
    ['stays in the range', all('1.0.0', '2.0.0'), { select: semver('<2') }, ['stable <- 1.0.0']],
    ['leaves prereleases out', all('1.0.0', '1.1.0-rc.1'), {}, ['stable <- 1.0.0']],
    [
      'lets prereleases in when asked',
      all('1.0.0', '1.1.0-rc.1'),
      { select: semver('*', true) },
      ['stable <- 1.1.0-rc.1'],
    ],
    [
      'orders prereleases like numbers, below their release',
      all('1.0.0-rc.9', '1.0.0-rc.10', 'v1.0.0-rc.2'),
      { select: semver('*', true) },
      ['stable <- 1.0.0-rc.10'],
    ],
    [
      'takes a release before its prereleases',
      all('1.0.0-rc.9', '1.0.0', '1.0.0-rc.10'),
      { select: semver('*', true) },
      ['stable <- 1.0.0'],
    ],
    [
      'saves what a channel of numbers leaves',
      [...all('1', '2'), anImageTag('stable', '1')],
      { select: { by: 'numerical', order: 'highest' }, backup: 'old' },
      ['old <- stable', 'stable <- 2'],
    ],
    [
      'makes one channel a rendered name',
      all('1.4.1', '1.4.2', '2.0.0'),
      { tag: '{{ major }}.{{ minor }}' },
      ['1.4 <- 1.4.2', '2.0 <- 2.0.0'],
    ],
    [
      'compares the extracted number',
      all('main-aaaaaaa-9', 'main-bbbbbbb-10', 'dev-1-99'),
      {
        filter: { pattern: 'main-[0-9a-f]{7}-(?<ts>\\d+)', extract: 'ts' },
        select: { by: 'numerical', order: 'highest' },
      },
      ['stable <- main-bbbbbbb-10'],
    ],
    [
      'compares the whole name when nothing is extracted',
      all('9', '10', 'x'),
      { filter: { pattern: '\\d+', extract: null }, select: { by: 'numerical', order: 'lowest' } },
      ['stable <- 9'],
    ],
    [
      'compares numbers past 2^53 and fractions exactly',
      all('90071992547409921.5', '90071992547409921.25', '90071992547409920', 'n-1'),
      { select: { by: 'numerical', order: 'highest' } },
      ['stable <- 90071992547409921.5'],
    ],
    [
      'takes the last in order',
      all('a', 'c', 'b'),
      { select: { by: 'alphabetical', order: 'highest' } },
      ['stable <- c'],
    ],
    [
      'takes the first in order',
      all('b', 'a'),
      { select: { by: 'alphabetical', order: 'lowest' } },
      ['stable <- a'],
    ],
    [
      'takes the newest by update',
      [
        anImageTag('a', 'a', { updatedAt: hoursAgo(1) }),
        anImageTag('b', 'b', { updatedAt: hoursAgo(2) }),
      ],
      { select: { by: 'newest', time: 'updated' } },
      ['stable <- a'],
    ],
    [
      'takes the newest of those a filter matches',
      [
        anImageTag('nightly-1', 'n', { updatedAt: hoursAgo(9) }),
        anImageTag('other', 'o', { updatedAt: hoursAgo(1) }),
      ],
      {
        filter: { pattern: 'nightly-.*', extract: null },
        select: { by: 'newest', time: 'updated' },
      },
      ['stable <- nightly-1'],
    ],
    [
      'takes the newest by creation, whatever the update',
      [
        anImageTag('a', 'a', { createdAt: hoursAgo(9) }),
        anImageTag('b', 'b', { createdAt: hoursAgo(2) }),
      ],
      { select: { by: 'newest', time: 'created' } },
      ['stable <- b'],
    ],
    [
      'passes over a time that is missing, absurd or in the future',
      [
        anImageTag('a', 'a', { updatedAt: null }),
        anImageTag('b', 'b', { updatedAt: new Date('0001-01-01') }),
        anImageTag('c', 'c', { updatedAt: new Date(NOW.getTime() + 1) }),
        anImageTag('d'),
      ],
      { select: { by: 'newest', time: 'updated' } },
      ['stable <- d'],
    ],
    [
      'waits for the minimum age',
      [anImageTag('1.0.0'), anImageTag('1.1.0', 'x', { updatedAt: hoursAgo(23) })],
      { minAgeMs: DAY_MS },
      ['stable <- 1.0.0'],
    ],
    [
      'moves at the minimum age',
      [anImageTag('1.0.0'), anImageTag('1.1.0', 'x', { updatedAt: hoursAgo(24) })],
      { minAgeMs: DAY_MS },
      ['stable <- 1.1.0'],
    ],
    [
      'judges age by creation only when there is no update',
      [
        anImageTag('1.0.0', 'x', { updatedAt: null, createdAt: hoursAgo(48) }),
        anImageTag('1.1.0', 'y', { updatedAt: new Date(0), createdAt: hoursAgo(48) }),
      ],
      { minAgeMs: DAY_MS },
      ['stable <- 1.0.0'],
    ],
    [
      'does not choose itself, its backup or another channel',
      [anImageTag('stable', 'a'), anImageTag('z-backup'), anImageTag('a')],
      { select: { by: 'alphabetical', order: 'highest' }, backup: 'z-backup' },
      [],
    ],
  ])('%s', (_name, tags, channel, expected) => {
    expect(moves(tags, channel)).toEqual(expected);
  });

  test('does not take the rendered name of another channel for a candidate', () => {
    const channels = [
      aChannel({ tag: '{{ major }}.{{ minor }}' }),
      aChannel({ tag: 'top', select: { by: 'numerical', order: 'highest' } }),
    ];

    const { operations } = planRepository(all('1.4.2', '1.4', '1.3'), [
      anImagePolicy({ channels }),
    ]);

    expect(operations).toMatchObject([
      { tag: '1.4', from: '1.4.2' },
      { tag: 'top', from: '1.3' },
    ]);
  });
});
