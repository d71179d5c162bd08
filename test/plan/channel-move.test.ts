import { describe, expect, test } from 'vitest';
import type { ChannelRule, Selection } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { aChannel, anImagePolicy, aRetain, planRepository } from '../support/policies.ts';
import { anImageTag, applyInMemory, aTag, digestOf, hoursAgo } from '../support/tags.ts';

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

describe('channelMove()', () => {
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

  test('heals a hijacked channel without overwriting the backup, and says what it held', () => {
    const hijacked = anImageTag('stable', 'pushed by hand');
    const tags = [...all('1.0.0', '1.1.0'), anImageTag('previous', '1.0.0'), hijacked];
    const channel = { backup: 'previous', allowDowngrade: true };

    const { operations, findings } = plan(tags, channel);

    expect(operations).toMatchObject([{ tag: 'stable', from: '1.1.0' }]);
    expect(findings).toEqual([
      {
        severity: 'warning',
        policy: 'policy-a',
        rule: 'channels[0]',
        message:
          `Channel "stable" leaves content that no listed candidate has ("${digestOf('pushed by hand')}"); ` +
          'it is not saved as "previous", which stays what it is',
      },
    ]);
    const healed = applyInMemory(tags, operations);
    expect(plan(healed, channel)).toMatchObject({ operations: [], findings: [] });
  });

  test('warns of a channel that stands on a prerelease its rule does not ask for', () => {
    const tags = [...all('1.0.0', '1.1.0-rc.1'), anImageTag('stable', '1.1.0-rc.1')];

    const warned = plan(tags).findings;
    const asked = plan(tags, { select: semver('*', true) }).findings;
    const byName = plan(tags, { select: { by: 'alphabetical', order: 'highest' } }).findings;
    const released = plan([...tags, anImageTag('1.1.0', '1.1.0-rc.1')]).findings;

    expect(warned).toContainEqual({
      severity: 'warning',
      policy: 'policy-a',
      rule: 'channels[0]',
      message:
        'Channel "stable" is on prerelease "1.1.0-rc.1", and its rule does not say prerelease: true',
    });
    expect(
      [...asked, ...byName, ...released].filter(({ severity }) => severity === 'warning'),
    ).toEqual([]);
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

  test('keeps a candidate that waits for its age, and the name it waits for', () => {
    const policy = anImagePolicy({
      channels: [aChannel({ tag: '{{ major }}.{{ minor }}', minAgeMs: DAY_MS })],
      retain: [aRetain({ pattern: '.*' })],
    });
    const young = anImageTag('1.1.1', 'x', { updatedAt: hoursAgo(1) });

    const { operations } = planRepository([young, ...all('1.1', 'other', 'more')], [policy]);

    expect(operations.map(({ tag }) => tag)).toEqual(['more', 'other']);
  });

  test('keeps every name its backups may have', () => {
    const channel = aChannel({ tag: '{{ major }}', backup: '{{ major }}.{{ minor }}-old' });
    const policy = anImagePolicy({ channels: [channel], retain: [aRetain({ pattern: '.*-old' })] });
    const tags = all('1.0.0', '1.1.0', '1.0-old', '1.1-old', '1.9-old');

    const { operations } = planRepository(tags, [policy]);

    expect(operations.map(({ type, tag }) => `${type} ${tag}`)).toEqual([
      'copy 1',
      'delete 1.9-old',
    ]);
  });

  test('lets its old source go in the pass in which it moves, and only if it moves', () => {
    const retain = [aRetain({ pattern: '.*' })];
    const moving = anImagePolicy({ channels: [aChannel()], retain });
    const tags = [...all('1.0.0', '1.1.0'), anImageTag('stable', '1.0.0')];

    const moved = planRepository(tags, [moving]);
    const held = planRepository(tags, [{ ...moving, protect: ['stable'] }]);

    expect(moved.operations.map(({ tag }) => tag)).toEqual(['stable', '1.0.0']);
    expect(held.operations).toEqual([]);
  });

  test('moves once and then has nothing to do', () => {
    const tags = [...all('1.0.0', '1.1.0'), anImageTag('stable', '1.0.0')];

    const after = applyInMemory(tags, plan(tags, { backup: 'previous' }).operations);

    expect(plan(after, { backup: 'previous' }).operations).toEqual([]);
  });
});
