import { describe, expect, test } from 'vitest';
import type { ImageTagPolicy } from '../../src/model/policy.ts';
import { checkSettling } from '../../src/policy/check-settling.ts';
import { aChannel, anImagePolicy, planRepository } from '../support/policies.ts';
import { anImageTag, applyInMemory } from '../support/tags.ts';

/** `a>b` overwrites, `a>b?` does not. */
function copiesOf(text: string): ImageTagPolicy['copies'] {
  return text.split(' ').map((one) => {
    const [from = '', to = ''] = one.replace('?', '').split('>');
    return { from, to, override: !one.endsWith('?') };
  });
}

function complaintsOf(policy: ImageTagPolicy): string[] {
  return checkSettling(policy).map(({ rule, problem }) => `${problem.severity ?? 'error'} ${rule}`);
}

const CIRCLE = ['a>b b>a', 'a>b b>c c>a'];

describe('checkSettling()', () => {
  test.each<[string, string[]]>([
    ['a>b c>d', []],
    ['a>b a>c', []],
    ['a>a', []],
    ['a>b? b>c', []],
    ['a>b b>c', ['warning copies[1]']],
    ['a>b b>c?', ['warning copies[1]']],
    ['a>b b>a', ['error copies[0]', 'error copies[1]']],
    ['a>b b>c c>a', ['error copies[0]', 'error copies[1]', 'error copies[2]']],
    ['a>b b>a b>c', ['error copies[0]', 'error copies[1]', 'warning copies[2]']],
  ])('checkSettling() judges the copies %s', (text, complaints) => {
    expect(complaintsOf(anImagePolicy({ copies: copiesOf(text) }))).toEqual(complaints);
  });

  test('checkSettling() warns of a copy of a channel, or of its backup', () => {
    const channels = [aChannel({ backup: 'old' }), aChannel({ tag: '{{ major }}' })];
    const policy = anImagePolicy({ channels, copies: copiesOf('stable>a old>b other>c') });

    expect(complaintsOf(policy)).toEqual(['warning copies[0]', 'warning copies[1]']);
  });

  test.each(CIRCLE)('the planner flips %s at every pass, as checkSettling() says', (text) => {
    const policy = anImagePolicy({ copies: copiesOf(text) });
    const tags = ['a', 'b', 'c'].map((name) => anImageTag(name));

    const once = applyInMemory(tags, planRepository(tags, [policy]).operations);
    const again = planRepository(once, [policy]).operations;

    expect(again).not.toEqual([]);
  });
});
