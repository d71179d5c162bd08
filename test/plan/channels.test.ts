import { describe, expect, test } from 'vitest';
import type { ChannelRule, Selection } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { aChannel, anImagePolicy, aRetain, planRepository } from '../support/policies.ts';
import { anImageTag, applyInMemory, aTag, digestOf, hoursAgo, NOW } from '../support/tags.ts';

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

  test('never moves to an older version unless told so', () => {
    const tags = [...all('1.0.0', '2.0.0'), anImageTag('stable', '2.0.0')];
    const select = semver('<2');

    const held = plan(tags, { select });

    expect(held.operations).toEqual([]);
    expect(held.findings).toMatchObject([
      { severity: 'info', message: expect.stringContaining('newer than "1.0.0"') },
    ]);
    expect(moves(tags, { select, allowDowngrade: true })).toEqual(['stable <- 1.0.0']);
  });

  test('moves off content that no version names, and says so', () => {
    const tags = [...all('1.0.0'), anImageTag('stable', 'pushed by hand')];

    const moved = plan(tags);

    expect(moved.operations).toMatchObject([{ tag: 'stable', from: '1.0.0' }]);
    expect(moved.findings).toMatchObject([
      { severity: 'info', message: expect.stringContaining('leaves content') },
    ]);
    expect(plan(tags, { allowDowngrade: true }).findings).toEqual([]);
  });

  test('saves what it leaves under the backup name first', () => {
    const tags = [...all('1.0.0', '1.1.0', 'previous'), anImageTag('stable', '1.0.0')];

    const { operations } = plan(tags, { backup: 'previous' });

    expect(operations).toMatchObject([
      {
        type: 'copy',
        tag: 'previous',
        from: 'stable',
        value: digestOf('1.0.0'),
        replaces: digestOf('previous'),
      },
      {
        type: 'copy',
        tag: 'stable',
        from: '1.1.0',
        value: digestOf('1.1.0'),
        replaces: digestOf('1.0.0'),
      },
    ]);
  });

  test('makes no backup when there is nothing to save or no move', () => {
    expect(moves(all('1.0.0'), { backup: 'previous' })).toEqual(['stable <- 1.0.0']);
    expect(moves([...all('1.0.0'), anImageTag('stable', '1.0.0')], { backup: 'previous' })).toEqual(
      [],
    );
  });

  test('does not move when the backup cannot be made', () => {
    const tags = [...all('1.0.0', '1.1.0'), anImageTag('stable', '1.0.0')];
    const policy = anImagePolicy({
      channels: [aChannel({ backup: 'previous' })],
      protect: ['previous'],
    });

    const held = planRepository(tags, [policy]);

    expect(held.operations).toEqual([]);
    expect(held.findings.map(({ message }) => message)).toEqual([
      'Cannot copy "previous": it is protected',
      expect.stringContaining('"previous" will not be'),
    ]);
  });

  test('makes no backup for a move its mode does not allow', () => {
    const tags = [...all('1.0.0', '1.1.0'), anImageTag('stable', '1.0.0')];
    const channels = [aChannel({ backup: 'previous' })];

    const held = planRepository(tags, [anImagePolicy({ mode: 'create-only', channels })]);

    expect(held.operations).toEqual([]);
  });

  test('reports two spellings of one version on different content and moves nothing', () => {
    const tags = [...all('1.0.0', 'v1.2.3', '1.2.3')];

    const held = plan(tags);

    expect(held.operations).toEqual([]);
    expect(held.findings).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringContaining('"1.2.3" and "v1.2.3" rank the same'),
      },
    ]);
  });

  test.each([
    [['7', '007'], '"007" and "7"'],
    [['1.50', '1.5'], '"1.5" and "1.50"'],
  ])('reports two spellings of one number on different content: %j', (names, text) => {
    const held = plan(all(...names), { select: { by: 'numerical', order: 'highest' } });

    expect(held.operations).toEqual([]);
    expect(held.findings[0]?.message).toContain(text);
  });

  test('takes either of two spellings of one version on the same content', () => {
    expect(moves([anImageTag('v1.2.3', 'x'), anImageTag('1.2.3', 'x')])).toEqual([
      'stable <- 1.2.3',
    ]);
  });

  test.each([
    ['the best candidate', [aTag('1.0.0', null)], '"1.0.0"'],
    ['the channel itself', [anImageTag('1.0.0'), aTag('stable', null)], '"stable"'],
  ])('stays when the digest of %s is not known', (_name, tags, name) => {
    const held = plan(tags);

    expect(held.operations).toEqual([]);
    expect(held.findings).toMatchObject([
      { message: expect.stringContaining(`digest of ${name} is not known`) },
    ]);
  });

  test.each<[string, ListedTag[], Partial<ChannelRule>, string]>([
    ['no version', all('x'), {}, '0 tags compare, none is the newest version matching *'],
    [
      'no version old enough',
      [anImageTag('1.0.0', 'x', { updatedAt: hoursAgo(1) })],
      { minAgeMs: DAY_MS },
      '1 tag compares, none is the newest version matching *, at least 1d old',
    ],
    ['no number', all('x'), { select: { by: 'numerical', order: 'highest' } }, 'highest number'],
    [
      'no credible time',
      [],
      { select: { by: 'newest', time: 'created' } },
      'newest by the time it was created',
    ],
    [
      'no tag at all',
      [],
      { select: { by: 'alphabetical', order: 'lowest' } },
      'lowest in alphabetical order',
    ],
  ])('says that a channel has no candidate: %s', (_name, tags, channel, message) => {
    const held = plan(tags, channel);

    expect(held.operations).toEqual([]);
    expect(held.findings).toMatchObject([
      { severity: 'info', message: expect.stringContaining(message) },
    ]);
  });

  test('keeps its tag, its source and its backup from being cleaned up', () => {
    const policy = anImagePolicy({
      channels: [aChannel({ backup: 'previous' })],
      retain: [aRetain({ pattern: '.*' })],
    });
    const tags = [...all('1.0.0', '1.1.0', 'other', 'previous'), anImageTag('stable', '1.1.0')];

    const { operations } = planRepository(tags, [policy], { guards: { maxDeletePercent: 100 } });

    expect(operations.map(({ type, tag }) => `${type} ${tag}`)).toEqual([
      'delete 1.0.0',
      'delete other',
    ]);
  });

  test('moves once and then has nothing to do', () => {
    const tags = [...all('1.0.0', '1.1.0'), anImageTag('stable', '1.0.0')];

    const after = applyInMemory(tags, plan(tags, { backup: 'previous' }).operations);

    expect(plan(after, { backup: 'previous' }).operations).toEqual([]);
  });
});
