import { describe, expect, test } from 'vitest';
import type { ChannelRule } from '../../src/model/policy.ts';
import { createRanker } from '../../src/plan/candidates.ts';
import { currentOf } from '../../src/plan/listed-tags.ts';
import { createReading } from '../../src/plan/reading.ts';
import { anImageTag, hoursAgo, NOW } from '../support/tags.ts';

type Selection = ChannelRule['select'];

const pushed = ['b-10', 'b-7', 'b-7.5', 'b-x', 'b-1234567890123456', 'a-3', 'c-1.2.3', 'b-1.2.3'];

describe('createRanker()', () => {
  test.each<[string, string, Selection, readonly string[]]>([
    ['b-(?<n>.*)', 'n', { by: 'numerical', order: 'highest' }, ['b-1234567890123456', 'b-10']],
    ['b-(?<n>\\d{1,2})', 'n', { by: 'numerical', order: 'highest' }, ['b-10', 'b-7']],
    ['b-(?<n>\\d{1,2})', 'n', { by: 'numerical', order: 'lowest' }, ['b-7', 'b-10']],
    ['b-(?<n>\\d[0-9.]*)', 'n', { by: 'numerical', order: 'lowest' }, ['b-7', 'b-7.5']],
    ['b-(?<n>\\d{1,2})', 'n', { by: 'alphabetical', order: 'highest' }, ['b-7', 'b-10']],
    ['b-(?<n>\\d{1,2})', 'n', { by: 'newest', time: 'updated' }, ['b-10', 'b-7']],
    ['.-(?<v>[0-9.]+)', 'v', { by: 'semver', range: '*', prerelease: false }, ['b-1.2.3']],
  ])('compares only what %s matches, by %s: %j', (pattern, extract, select, best) => {
    const times = (index: number) => ({ updatedAt: hoursAgo(index) });
    const { tags } = currentOf(pushed.map((name, index) => anImageTag(name, name, times(index))));
    const ranker = createRanker(tags, createReading(), NOW);

    const ranking = ranker({ filter: { pattern, extract }, select });

    const names = ranking.toSorted((one, other) => other.score - one.score);
    expect(names.map(({ tag }) => tag.name).slice(0, best.length)).toEqual(best);
  });

  test('takes short numbers for equal however they are written', () => {
    const { tags } = currentOf(['7', '007', '6', 'x'].map((name) => anImageTag(name)));
    const ranker = createRanker(tags, createReading(), NOW);

    const ranking = ranker({ filter: null, select: { by: 'numerical', order: 'highest' } });

    expect(ranking.map(({ tag, score }) => [tag.name, score])).toEqual([
      ['007', 7],
      ['6', 6],
      ['7', 7],
    ]);
  });
});
