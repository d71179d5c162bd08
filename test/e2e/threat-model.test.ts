import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const PAGE = readFileSync('docs/threat-model.md', 'utf8');
const PROOF = /`(?<file>test\/[\w./-]+\.ts)` "(?<name>[^"]+)"/g;
const ROWS = PAGE.split('\n').filter((line) => /^\| \d /.test(line));

interface Proof {
  readonly file: string;
  readonly name: string;
}

function proofsIn(text: string): readonly Proof[] {
  return [...text.matchAll(PROOF)].map(({ groups }) => ({
    file: groups?.['file'] ?? '',
    name: groups?.['name'] ?? '',
  }));
}

/** The titles of tests that a file writes down; a title may be the whole of a text alone. */
function titlesOf(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/'(?<text>(?:[^'\\\n]|\\.)+)'/g)].map(
    ({ groups }) => groups?.['text'] ?? '',
  );
}

describe('docs/threat-model.md', () => {
  test('has a threat of every kind, and every flow of the picture', () => {
    const kinds = new Set(ROWS.map((row) => row.split('|')[2]?.trim()));
    const flows = new Set(ROWS.map((row) => /^\| (\d)/.exec(row)?.[1]));

    expect(kinds).toEqual(new Set(['S', 'T', 'R', 'I', 'D', 'E']));
    expect(flows).toEqual(new Set(['1', '2', '3', '4', '5', '6', '7', '8']));
  });

  test.each(ROWS.map((row) => ({ row, threat: row.split(' | ')[2] })))(
    'proves what it says of: $threat',
    ({ row }) => {
      const [, , threat, stops, proof = '', left] = row.split(' | ').map((cell) => cell.trim());

      expect([threat, stops, left].every((cell) => cell !== undefined && cell !== '')).toBe(true);
      expect(proofsIn(proof).length).toBeGreaterThan(0);
    },
  );

  test.each(proofsIn(PAGE))('names a test that exists: $file "$name"', ({ file, name }) => {
    expect(titlesOf(file).filter((title) => title.includes(name))).not.toEqual([]);
  });

  test('names no test without a name', () => {
    const files = [...PAGE.matchAll(/`test\/[\w./-]+\.ts`/g)];

    expect(proofsIn(PAGE)).toHaveLength(files.length);
  });
});

describe('the container', () => {
  test('runs as a numbered user without rights, on a root that is read-only', () => {
    const user =
      /^USER (?<id>\d+)/m.exec(readFileSync('Dockerfile', 'utf8'))?.groups?.['id'] ?? '0';
    const compose = readFileSync('deploy/compose.yaml', 'utf8');

    expect(Number(user)).toBeGreaterThanOrEqual(10_000);
    expect(compose).toContain('read_only: true');
    expect(compose).toContain('cap_drop: [ALL]');
    expect(compose).toContain('no-new-privileges:true');
  });
});
