import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cheapestMs } from '../support/clock.ts';
import { issuesOf, placesOf, resourceYaml } from './policies.ts';

describe('readDocuments()', () => {
  test.each([
    ['text', '1:1 wrong-type'],
    ['- a', '1:1 wrong-type'],
    ['{}', '1:1 missing-key'],
    ['kind: [a]', '1:7 wrong-type'],
    ['kind: PolicyTest', '1:1 missing-key'],
    ['kind: Whatever', '1:7 unknown-kind'],
    ['a: {b: [x, y}', '1:13 yaml-syntax'],
    ['a: &x 1\nb: &x 2\nkind: K', '2:7 duplicate-anchor'],
    ['a: &a [*a]', '1:8 yaml-bomb'],
    ['? [a]\n: b', '1:3 yaml-syntax'],
    ['a: !!binary aGk=', '1:4 yaml-tag'],
    ['a: &a 1\n*a : b\nkind: K', '2:1 yaml-syntax'],
    ['{a}', '1:1 missing-key'],
    [`a: ${'['.repeat(30)}${']'.repeat(30)}`, '1:24 yaml-bomb'],
    ['%YAML 1.1\n---\na: {<<: {b: c}}\nkind: K', '3:5 merge-key'],
  ])('readDocuments() places what is wrong with %j', (text, place) => {
    expect(placesOf(text)).toContain(place);
  });

  test('readDocuments() stops at the first syntax error of a document', () => {
    expect(issuesOf(`[${','.repeat(1_000)}]`)).toHaveLength(1);
  });

  test.each([
    ['a megabyte and more', `a: ${'x'.repeat(1_048_576)}`],
    ['ten megabytes', `a: ${'x'.repeat(10 * 1024 * 1024)}`],
    ['ten megabytes of empty lines', '\n'.repeat(10 * 1024 * 1024)],
    ['ten thousand levels', 'a: {'.repeat(10_000)],
    ['half a million open lists', '['.repeat(500_000)],
    ['half a million open mappings', '{a: '.repeat(250_000)],
    ['deep indentation', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['aliases within aliases', readFileSync('test/fixtures/policies-bad/alias-bomb.yaml', 'utf8')],
    ['many aliases of a long list', `a: &a [${'x, '.repeat(5_000)}]\nb: [${'*a, '.repeat(5_000)}]`],
  ])('readDocuments() refuses %s in 100 ms, with a position', (_what, text) => {
    const tookMs = cheapestMs(() => issuesOf(text));
    const issues = issuesOf(text);

    expect(tookMs).toBeLessThan(100);
    expect(issues.map(({ code }) => code)).toEqual(['yaml-bomb']);
    expect(issues[0]?.line).toBeGreaterThan(0);
  });

  test('readDocuments() keeps control characters of a file away from the terminal', () => {
    const [issue] = issuesOf(resourceYaml('mode: "x" # \u001B[31mred\u200B'));

    expect(issue?.excerpt).toContain('# ');
    expect(issue?.excerpt).not.toContain('\u001B');
    expect(issue?.excerpt).not.toContain('\u200B');
  });
});
