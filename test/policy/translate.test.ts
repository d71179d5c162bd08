import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fail, templateText } from '../../src/policy/schema-text.ts';
import { createSource } from '../../src/policy/source.ts';
import { translateIssue } from '../../src/policy/translate.ts';
import { readDocuments } from '../../src/policy/yaml-documents.ts';

/** What is said about a document that does not fit a schema nobody wrote words for. */
function said(schema: z.ZodType, text: string) {
  const [tree] = readDocuments(createSource({ path: 'a.yaml', text }), []);
  if (tree === undefined) throw new Error('no document');
  const vocabulary = { keys: () => new Map<string, string>(), announced: new Set(['later']) };
  const issues = schema.safeParse(tree.value).error?.issues ?? [];
  return issues.flatMap((issue) => translateIssue(issue, tree, vocabulary));
}

describe('translateIssue()', () => {
  test('translateIssue() says nothing of what a missing key is for when nobody described it', () => {
    expect(said(z.object({ a: z.string() }), 'b: 1')).toEqual([
      {
        at: 0,
        problem: {
          code: 'missing-key',
          message: 'Missing key "a" in the document',
          expected: null,
        },
      },
    ]);
  });

  test('translateIssue() uses the name of a type it has no word for', () => {
    expect(said(z.object({ a: z.date() }), 'a: 1')).toMatchObject([
      { at: 3, problem: { code: 'wrong-type', expected: 'date' } },
    ]);
  });

  test('translateIssue() takes the union alternative that failed inside', () => {
    const schema = z.object({ a: z.union([z.string(), z.object({ b: z.string() })]) });

    expect(said(schema, 'a: { b: 1 }')).toMatchObject([
      { problem: { message: 'a.b is 1', expected: 'a text; write it in quotes: "1"' } },
    ]);
  });

  test('translateIssue() says of a key that a later version has that it is not yet there', () => {
    expect(said(z.strictObject({}), 'later: 1')).toMatchObject([
      { problem: { code: 'not-yet', expected: 'it left out until a later version' } },
    ]);
  });

  test('translateIssue() says of a value that has only one form just that form', () => {
    expect(said(z.object({ a: z.literal('x') }), 'a: z')).toMatchObject([
      { at: 3, problem: { code: 'wrong-value', message: 'a is "z"', expected: 'x' } },
    ]);
  });

  test('translateIssue() lists no keys when none is known', () => {
    expect(said(z.strictObject({}), 'b: 1')).toMatchObject([
      { problem: { code: 'unknown-key', expected: null, suggestion: null } },
    ]);
  });

  const Choice = z.object({
    a: z.discriminatedUnion('by', [
      z.strictObject({ by: z.literal('glob'), glob: z.string() }),
      z.strictObject({ by: z.literal('pair'), key: z.string() }),
    ]),
  });

  test.each([
    ['a: { glob: x }', 3, 'Missing key "by" in a', null],
    ['a: { by: golb }', 9, 'a.by is "golb"', 'glob'],
    ['a: { by: 1 }', 9, 'a.by is 1', null],
  ])(
    'translateIssue() says of %j which alternatives there are',
    (text, at, message, suggestion) => {
      const [found] = said(Choice, text);

      expect(found?.problem).toMatchObject({ message, expected: 'one of glob, pair' });
      expect(found?.problem.suggestion ?? null).toBe(suggestion);
      expect(found?.at).toBeLessThanOrEqual(at);
    },
  );

  test('translateIssue() takes of several alternatives the one with the least to mend', () => {
    const schema = z.object({
      a: z.union([
        z.strictObject({ b: z.string() }),
        z.strictObject({ c: z.string(), d: z.string() }),
      ]),
    });

    expect(said(schema, 'a: { c: x, d: 1 }')).toMatchObject([
      { problem: { code: 'wrong-type', message: 'a.d is 1' } },
    ]);
  });

  test('translateIssue() counts characters, entries and numbers in their own words', () => {
    const schema = z.object({
      a: z.string().max(2),
      b: z.array(z.int()).max(1),
      c: z.int().min(5),
    });

    const problems = said(schema, 'a: abc\nb: [1, 2]\nc: 1').map(({ problem }) => problem.expected);

    expect(problems).toEqual(['at most 2 characters', 'at most 1 in the list', 'at least 5']);
  });

  test('translateIssue() names every place of a path', () => {
    const schema = z.array(z.object({ a: z.array(z.string()) }));

    expect(said(schema, '- a: [x, 2]')).toMatchObject([{ problem: { message: '[0].a[1] is 2' } }]);
  });

  test('translateIssue() places a check that failed as a whole at the document', () => {
    const schema = z.unknown().superRefine((_value, context) => {
      fail(context, 'it does not add up', { code: 'contradiction', expected: 'sums' });
    });

    expect(said(schema, 'a: 1')).toMatchObject([
      { at: 0, problem: { code: 'contradiction', message: 'the document: it does not add up' } },
    ]);
  });
});

describe('templateText()', () => {
  test('templateText() lets a fault of our own through instead of blaming the policy', () => {
    const broken = templateText(() => {
      throw new RangeError('ours');
    }, 'nothing');

    expect(() => broken.safeParse('{{ a }}')).toThrow('ours');
  });
});
