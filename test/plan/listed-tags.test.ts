import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currentOf, tagsBeginning } from '../../src/plan/listed-tags.ts';
import { anImageTag, aTag } from '../support/tags.ts';

const letter = fc.constantFrom(
  'a',
  'b',
  'ci-',
  '1',
  '9',
  'ä',
  '😀',
  '\n',
  '\uffff',
  'x'.repeat(60),
);
const name = fc.array(letter, { maxLength: 5 }).map((letters) => letters.join(''));
const names = fc.array(name, { maxLength: 120 });

describe('currentOf()', () => {
  test('sorts names as the built-in sort does, and of equal ones takes the last', () => {
    fc.assert(
      fc.property(names, (listed) => {
        const { tags, size } = currentOf(listed.map((one, index) => aTag(one, `${index}`)));

        const last = new Map(listed.map((one, index) => [one, `${index}`]));
        expect(tags.map((tag) => [tag.name, tag.value])).toEqual(
          [...last.keys()].sort().map((one) => [one, last.get(one)]),
        );
        expect(tags.map(({ place }) => place)).toEqual([...tags.keys()]);
        expect(size).toBe(last.size);
      }),
      { numRuns: 1_000 },
    );
  });

  test('finds every name in any order, and none that is not listed', () => {
    fc.assert(
      fc.property(names, names, (listed, asked) => {
        const current = currentOf(listed.map((one) => anImageTag(one)));

        for (const one of [...asked, ...listed, ...current.keys(), ...asked]) {
          expect(current.get(one)?.name).toBe(listed.includes(one) ? one : undefined);
          expect(current.has(one)).toBe(listed.includes(one));
        }
      }),
    );
  });

  test('sorts many names that are alike for 10,000 characters', () => {
    const listed = Array.from({ length: 100 }, (_, index) => `${'x'.repeat(10_000)}${index % 7}`);

    const { tags } = currentOf(listed.map((one) => anImageTag(one)));

    expect(tags.map((tag) => tag.name.slice(10_000)).join('')).toBe('0123456');
  });
});

describe('tagsBeginning()', () => {
  test('finds the names that begin so', () => {
    fc.assert(
      fc.property(names, name, (listed, prefix) => {
        const { tags } = currentOf(listed.map((one) => anImageTag(one)));

        expect(tagsBeginning(tags, prefix)).toEqual(
          tags.filter((tag) => tag.name.startsWith(prefix)),
        );
      }),
    );
  });
});
