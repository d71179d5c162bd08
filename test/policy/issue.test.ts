import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkPolicies } from '../../src/policy/check.ts';
import { PolicyErrors, type PolicyFile, placeIssue, renderIssue } from '../../src/policy/issue.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { cheapestMs } from '../support/clock.ts';
import { ACCOUNTS } from './accounts.ts';

const FOLDER = 'test/fixtures/policies-bad';
const NOW = new Date('2026-06-01T12:00:00Z');

function complaintsOf(file: PolicyFile): string {
  try {
    const set = parsePolicies([file]);
    return checkPolicies(set, ACCOUNTS, [file], NOW).map(renderIssue).join('\n\n');
  } catch (error) {
    if (error instanceof PolicyErrors) return error.issues.map(renderIssue).join('\n\n');
    throw error;
  }
}

describe('renderIssue()', () => {
  test.each(globSync(`${FOLDER}/*.yaml`).sort())(
    'renderIssue() words the mistake of %s as its .txt says',
    (path) => {
      const expected = readFileSync(path.replace(/yaml$/, 'txt'), 'utf8');
      const file = { path: basename(path), text: readFileSync(path, 'utf8') };

      const complaints = complaintsOf(file);

      expect(`${complaints}\n`).toBe(expected);
    },
  );

  test.each(['alias-bomb', 'nested-too-deep', 'proto-key'])(
    'renderIssue() is reached in less than 100 ms for %s',
    (name) => {
      const path = `${name}.yaml`;
      const file = { path, text: readFileSync(`${FOLDER}/${path}`, 'utf8') };

      const tookMs = cheapestMs(() => complaintsOf(file));

      expect(tookMs).toBeLessThan(100);
    },
  );
});

describe('placeIssue()', () => {
  const position = { file: 'a.yaml', line: 12, column: 300 };

  test('placeIssue() shows a long line around the place, with the caret under it', () => {
    const line = `${'a'.repeat(299)}!${'b'.repeat(500)}`;

    const { excerpt } = placeIssue(position, { code: 'wrong-value', message: 'y' }, line);

    const [source = '', caret = ''] = excerpt.split('\n');
    expect(source.length).toBeLessThan(120);
    expect(source.indexOf('!')).toBe(caret.indexOf('^'));
  });

  test('placeIssue() leaves the excerpt empty without the source', () => {
    const issue = placeIssue(position, { code: 'wrong-value', message: 'y' }, null);

    expect(renderIssue(issue)).toBe('a.yaml:12:300: error[wrong-value] y');
  });
});
