import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkPolicies } from '../../src/policy/check.ts';
import { PolicyErrors, type PolicyFile, renderIssue } from '../../src/policy/issue.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { ACCOUNTS } from './accounts.ts';
import { bestOfThreeMs } from './clock.ts';

const FOLDER = 'test/fixtures/policies-bad';

function complaintsOf(file: PolicyFile): string {
  try {
    const set = parsePolicies([file]);
    return checkPolicies(set, ACCOUNTS, [file]).map(renderIssue).join('\n\n');
  } catch (error) {
    if (error instanceof PolicyErrors) return error.issues.map(renderIssue).join('\n\n');
    throw error;
  }
}

describe('the gallery of bad policies', () => {
  test.each(globSync(`${FOLDER}/*.yaml`).sort())('%s is refused with its message', (path) => {
    const expected = readFileSync(path.replace(/yaml$/, 'txt'), 'utf8');
    const file = { path: basename(path), text: readFileSync(path, 'utf8') };

    const complaints = complaintsOf(file);

    expect(`${complaints}\n`).toBe(expected);
  });

  test.each(globSync(`${FOLDER}/*.yaml`).sort())('%s is refused in less than 100 ms', (path) => {
    const file = { path: basename(path), text: readFileSync(path, 'utf8') };

    const tookMs = bestOfThreeMs(() => complaintsOf(file));

    expect(tookMs).toBeLessThan(100);
  });
});
