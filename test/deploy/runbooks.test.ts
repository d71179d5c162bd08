import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pathOf, readRules, readRunbooks } from './alert-files.ts';
import { commandLinesOf, refusalOf } from './command-lines.ts';

const { alerts } = readRules();
const runbooks = readRunbooks();
const pages = [...runbooks].map(([name, text]) => ({ name, text }));
const index = readFileSync(pathOf('docs/runbooks/README.md'), 'utf8');
const PARTS = [
  '## How users are hurt',
  '## Look first',
  '## Causes, the most likely first',
  '## Mend',
  '## It is over when',
];
const LINK = /\]\((\w+)\.md\)/g;

describe('docs/runbooks', () => {
  test('runbooks are there for each alert, and for nothing else', () => {
    expect([...runbooks.keys()].toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });

  test('README.md names each alert once, with its severity', () => {
    const rows = [...index.matchAll(/^\| (\w+) \| \[(\w+)\]\((\w+)\.md\) \|/gm)].map(
      ([, severity, name, file]) => ({ severity, name, file }),
    );

    expect(rows.toSorted((one, other) => (`${one.name}` < `${other.name}` ? -1 : 1))).toEqual(
      alerts
        .map(({ alert, labels }) => ({ severity: labels.severity, name: alert, file: alert }))
        .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    );
  });

  test.each(pages)('$name has all parts in order, in at most 60 lines', ({ name, text }) => {
    const lines = text.trimEnd().split('\n');

    expect(lines[0]).toBe(`# ${name}`);
    expect(lines.filter((line) => line.startsWith('## '))).toEqual(PARTS);
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines.filter((line) => /^\d+\. /.test(line)).length).toBeGreaterThanOrEqual(3);
    for (const [, linked = ''] of text.matchAll(LINK)) expect(runbooks.has(linked)).toBe(true);
  });

  test.each(pages)(
    '$name asks for commands that there are, with options that they have',
    async ({ text }) => {
      const lines = commandLinesOf(text);
      const refusals = await Promise.all(lines.map(refusalOf));

      expect(refusals.filter((refusal) => refusal !== null)).toEqual([]);
      expect(lines.length).toBeGreaterThanOrEqual(2);
    },
  );

  test('alerts name only commands that there are in what is to be done first', async () => {
    const lines = alerts.flatMap(({ annotations }) => commandLinesOf(annotations.description));
    const refusals = await Promise.all(lines.map(refusalOf));

    expect(refusals.filter((refusal) => refusal !== null)).toEqual([]);
    expect(lines.length).toBeGreaterThanOrEqual(8);
  });

  test.each([
    'tagwarden paws --deletes',
    'tagwarden pause --delete-all',
    'tagwarden status --status lost',
    'tagwarden explain',
    'tagwarden audit check ./audit',
    'tagwarden history one two',
  ])('%s would be noticed', async (line) => {
    expect(await refusalOf(line)).not.toBeNull();
    expect(await refusalOf('tagwarden audit verify ./audit # a comment')).toBeNull();
  });
});
