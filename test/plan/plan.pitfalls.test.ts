import { describe, expect, test } from 'vitest';
import type { ImageTagPolicy, RetainRule } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { cheapestMs } from '../support/clock.ts';
import {
  aChannel,
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  planImage,
  planRepository,
} from '../support/policies.ts';
import {
  anImageTag,
  applyInMemory,
  aTag,
  digestOf,
  hoursAgo,
  labels,
  NOW,
} from '../support/tags.ts';
import { ANY, deeds } from './laws.ts';

const DAY_MS = 86_400_000;
const all = (...names: string[]) => names.map((name) => anImageTag(name));
const deleting = (...rules: Partial<RetainRule>[]): ImageTagPolicy =>
  anImagePolicy({ retain: rules.map((rule) => aRetain(rule)) });
const moves = (tags: readonly ListedTag[], policy: ImageTagPolicy): string[] =>
  deeds(planRepository(tags, [policy], ANY).operations);

describe('planTarget() and the pitfalls of others', () => {
  test('empty list: an empty repository is a fact, not a reason to fail or to write', () => {
    const policy = anImagePolicy({
      channels: [aChannel()],
      retain: [aRetain({ pattern: '.*' })],
      copies: [{ from: 'a', to: 'b', override: true }],
    });

    expect(planRepository([], [policy])).toMatchObject({ operations: [], verdict: { safe: true } });
    expect(planImage([], [aResourcePolicy({}, { exclusive: true })]).operations).toEqual([]);
  });

  test('delete by digest: a delete names its tag, and siblings of the digest stay', () => {
    const tags = [anImageTag('ci-1', 'x'), anImageTag('release', 'x')];

    const { operations } = planRepository(tags, [deleting({ pattern: 'ci-.*' })]);

    expect(operations).toMatchObject([{ type: 'delete', tag: 'ci-1', replaces: digestOf('x') }]);
    expect(applyInMemory(tags, operations)).toEqual([tags[1]]);
  });

  test('keep/delete polarity: a keep rule alone deletes nothing of what it does not match', () => {
    expect(moves(all('a', 'b'), deleting({ action: 'keep', pattern: 'a' }))).toEqual([]);
    expect(moves(all('a', 'b'), deleting({ pattern: 'a', newest: 1 }))).toEqual([]);
  });

  test('any-vs-all tags of a digest: one matching name does not condemn the others', () => {
    const tags = [anImageTag('ci-1', 'x'), anImageTag('ci-2', 'x'), anImageTag('1.0.0', 'x')];
    const policy = deleting({ pattern: 'ci-1' }, { action: 'keep', semver: '*' });

    expect(moves(tags, policy)).toEqual(['delete ci-1']);
  });

  test('multi-arch index: a copy binds the listed digest itself and says from where', () => {
    const tags = [aTag('1.0.0', digestOf('index of two platforms'))];

    expect(
      planRepository(tags, [anImagePolicy({ channels: [aChannel()] })]).operations,
    ).toMatchObject([{ type: 'copy', from: '1.0.0', value: digestOf('index of two platforms') }]);
  });

  test('digest survives: content that a channel stands on keeps its name while the channel stays', () => {
    const tags = [anImageTag('2.0.0'), anImageTag('stable', '2.0.0')];
    const select = { by: 'semver', range: '<2', prerelease: false } as const;
    const policy = anImagePolicy({
      channels: [aChannel({ select })],
      retain: [aRetain({ pattern: '.*' })],
    });

    expect(moves(tags, policy)).toEqual([]);
    expect(moves([...tags, anImageTag('1.0.0')], policy)).toEqual([]);
  });

  test.each([
    ['v1.2.3 beside 1.2.3 on other content is reported, not guessed', all('v1.2.3', '1.2.3'), []],
    ['rc.10 is newer than rc.9', all('1.0.0-rc.9', '1.0.0-rc.10'), ['1.0.0-rc.10']],
    [
      'rc9 is newer than rc10, as text is compared by semver',
      all('1.0.0-rc9', '1.0.0-rc10'),
      ['1.0.0-rc9'],
    ],
    ['all-digit names are no versions', all('20240101', '1.0.0'), ['1.0.0']],
    ['SHA look-alikes are no versions', all('1e10000', 'deadbee', '1.0.0'), ['1.0.0']],
    ['four-part names are no versions', all('1.0.0.1', '1.0.0'), ['1.0.0']],
  ])('strict semver: %s', (_name, tags, chosen) => {
    const select = { by: 'semver', range: '*', prerelease: true } as const;

    const { operations } = planRepository(tags, [
      anImagePolicy({ channels: [aChannel({ select })] }),
    ]);

    expect(operations.map((one) => (one.type === 'copy' ? one.from : one.type))).toEqual(chosen);
  });

  test('anchored linear-time regex: a pattern matches whole, and 64 KiB cost under 100 ms', () => {
    const evil = `${'a'.repeat(65_536)}!`;
    const tags = [...all('ci-1', 'xci-1'), anImageTag(evil)];
    const plan = (): readonly string[] => moves(tags, deleting({ pattern: '(a+)+|ci-1' }));

    const tookMs = cheapestMs(plan);

    expect(tookMs).toBeLessThan(100);
    expect(plan()).toEqual(['delete ci-1']);
  });

  test('missing or absurd times mean keep', () => {
    const times = [null, new Date(0), new Date('0001-01-01'), new Date(NOW.getTime() + 1)];
    const tags = times.map((updatedAt, index) =>
      aTag(`t${index}`, 'x', { updatedAt, createdAt: null }),
    );

    expect(moves(tags, deleting({ olderThanMs: DAY_MS }))).toEqual([]);
  });

  test('order of writes: what takes over comes first, what goes comes last', () => {
    const policy = aResourcePolicy({
      ensure: { a: 'new' },
      rename: [{ from: 'Old', to: 'old' }],
      remove: [{ by: 'glob', glob: 'z' }],
    });

    const { operations } = planImage(labels({ z: '1', Old: '2', a: 'was' }), [policy], ANY);

    expect(deeds(operations)).toEqual(['add a', 'add old', 'delete Old', 'delete z']);
  });

  test('caps on the final set: an eleventh pair is refused before the first write', () => {
    const ten = labels(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, 'x'])));

    const { verdict } = planImage(ten, [aResourcePolicy({ ensure: { eleventh: 'x' } })]);

    expect(verdict).toMatchObject({
      safe: false,
      reasons: [expect.stringContaining('at most 10')],
    });
  });

  test('key case and Unicode: keys are told apart by case and by form, none is folded away', () => {
    const nfc = '\u00e9';
    const nfd = 'e\u0301';
    const policy = aResourcePolicy({ ensure: { owner: 'x', [nfc]: 'x' } });

    const { operations } = planImage(labels({ Owner: 'x', [nfd]: 'x' }), [policy]);

    expect(deeds(operations)).toEqual(['add owner', `add ${nfc}`]);
  });

  test('template misses: an error for the key, never the text "undefined"', () => {
    const policy = aResourcePolicy({ ensure: { os: '{{ image.osType }}', owner: 'me' } });

    const { operations, findings } = planImage([], [policy]);

    expect(deeds(operations)).toEqual(['add owner']);
    expect(findings).toMatchObject([{ severity: 'error', rule: 'tags.ensure.os' }]);
  });

  test('conflicts: nothing is written for the name, and both rules are named', () => {
    const rivals = ['a', 'b'].map((name) => aResourcePolicy({ ensure: { owner: name } }, { name }));

    const { operations, findings } = planImage([], rivals);

    expect(operations).toEqual([]);
    expect(findings[0]?.message).toMatch(
      /policy "a" tags.ensure.owner .*policy "b" tags.ensure.owner/,
    );
  });

  test('protection lookups fail closed: a glob nobody can read stops the plan', () => {
    expect(() =>
      planRepository(all('a'), [deleting({ pattern: 'a' })], { protect: ['[a'] }),
    ).toThrow('Cannot compile glob');
  });

  test('policy removed deletes nothing', () => {
    expect(planRepository(all('a', 'stable'), []).operations).toEqual([]);
    expect(planImage(labels({ a: '1' }), []).operations).toEqual([]);
  });

  test('backup before overwrite: the old content is copied first, and the move needs it', () => {
    const tags = [...all('1.0.0', '1.1.0'), anImageTag('stable', '1.0.0')];
    const policy = anImagePolicy({ channels: [aChannel({ backup: 'previous' })] });

    expect(moves(tags, policy)).toEqual(['copy previous', 'copy stable']);
    expect(moves(tags, { ...policy, protect: ['previous'] })).toEqual([]);
  });

  test('count before/after filter: the newest are counted among what the rule matches', () => {
    const aged = (name: string, hours: number) =>
      anImageTag(name, name, { updatedAt: hoursAgo(hours) });
    const tags = [
      aged('x-1', 1),
      aged('x-2', 2),
      aged('ci-1', 3),
      aged('ci-2', 4),
      aged('ci-3', 5),
    ];
    const policy = deleting({ action: 'keep', pattern: 'ci-.*', newest: 2 }, { pattern: 'ci-.*' });

    expect(moves(tags, policy)).toEqual(['delete ci-3']);
  });

  test('idempotence: a second plan over what the first made is empty', () => {
    const tags = [...all('1.0.0', '1.1.0', 'ci-1'), anImageTag('stable', '1.0.0')];
    const policy = anImagePolicy({
      channels: [aChannel({ backup: 'previous' })],
      retain: [aRetain({ pattern: '.*' })],
    });
    const { operations } = planRepository(tags, [policy], ANY);

    expect(moves(applyInMemory(tags, operations), policy)).toEqual([]);
  });

  test('budgets: a plan over its limit is refused whole, never trimmed', () => {
    const limits = { maxChanges: null, maxDeletes: 1, maxDeletePercent: null };
    const policy = { ...deleting({ pattern: 'ci-.*' }), limits };

    const { operations, verdict } = planRepository(all('ci-1', 'ci-2', 'a', 'b'), [policy]);

    expect(operations).toHaveLength(2);
    expect(verdict.safe).toBe(false);
  });

  test('explicit override: other content is overwritten only when the policy says so', () => {
    const copy = { from: 'v1', to: 'v2' };

    expect(
      moves(all('v1', 'v2'), anImagePolicy({ copies: [{ ...copy, override: false }] })),
    ).toEqual([]);
    expect(
      moves(all('v1', 'v2'), anImagePolicy({ copies: [{ ...copy, override: true }] })),
    ).toEqual(['copy v2']);
  });

  test('lying webhooks: facts that came with a job fill templates, and write no key no rule names', () => {
    const policy = aResourcePolicy({ ensure: { os: '{{ image.osType }}' } });
    const attributes = { osType: 'Linux', owner: 'mallory', stable: 'sha256:evil' };

    const { operations } = planImage(labels({ owner: 'me' }), [policy], { attributes });

    expect(operations).toMatchObject([{ type: 'add', tag: 'os', value: 'Linux' }]);
    const forged = planRepository(all('1.0.0'), [anImagePolicy({ channels: [aChannel()] })], {
      attributes,
    });
    expect(forged.operations).toMatchObject([{ tag: 'stable', value: digestOf('1.0.0') }]);
  });
});
