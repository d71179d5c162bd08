import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodeOfTests } from '../../src/cli/test.ts';
import { shownPath } from '../../src/sources/directory.ts';
import { runHere } from './run-here.ts';

const POLICY = `apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: sync
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  channels: [{ tag: stable, select: { semver: "*" } }]
`;

function aTest(name: string, from: string): string {
  return `apiVersion: tagwarden/v1
kind: PolicyTest
metadata: { name: ${name} }
spec:
  now: 2026-06-01
  target: swr-north/shop/web
  provider: huawei-swr
  listing: [{ name: 1.0.0, digest: a, age: 3d }, { name: 1.1.0, digest: b, age: 1d }]
  expect:
    operations: [{ type: copy, tag: stable, from: ${from} }]
`;
}

const current = { folder: '' };
const at = (name: string): string => join(current.folder, name);

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
  }
}

beforeEach(async () => {
  current.folder = await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
});
afterEach(async () => {
  await rm(current.folder, { recursive: true, force: true });
});

describe('test()', () => {
  test('test() runs the tests of a folder and needs no configuration', async () => {
    await write({ 'p/shop.yaml': POLICY, 'p/tests/shop.yaml': aTest('moves', '1.1.0') });

    const { code, stdout, stderr } = await runHere(['test', at('p')]);

    expect(stdout).toBe(
      `ok    moves  ${shownPath(at('p/tests/shop.yaml'))}:1\n1 test: 1 passed, 0 failed\n`,
    );
    expect([code, stderr]).toEqual([0, '']);
  });

  test('test() shows where a failing test stands and what differs, and exits 1', async () => {
    await write({ 'p/shop.yaml': `${POLICY}---\n${aTest('moves', '1.0.0')}` });

    const { code, stdout } = await runHere(['test', at('p')]);

    expect(stdout).toContain(`FAIL  moves  ${shownPath(at('p/shop.yaml'))}:9\n`);
    expect(stdout).toContain('        copy stable\n      -   from: 1.0.0\n      +   from: 1.1.0\n');
    expect(code).toBe(1);
  });

  test('test() runs one file of tests against the whole policy folder', async () => {
    const [good, bad] = [aTest('good', '1.1.0'), aTest('bad', '1.0.0')];
    await write({
      'p/shop.yaml': POLICY,
      'p/good.yaml': good,
      'p/bad.yaml': bad,
      'far.yaml': aTest('far', '1.1.0'),
    });

    const inside = await runHere(['test', at('p/good.yaml'), '--policies', at('p')]);
    const outside = await runHere(['test', at('far.yaml'), '--policies', at('p')]);

    expect(inside.stdout).toContain('1 test: 1 passed');
    expect(outside.stdout).toContain('1 test: 1 passed');
    expect([inside.code, outside.code]).toEqual([0, 0]);
  });

  test('test() takes the policy folder from the configuration', async () => {
    await write({
      'tagwarden.yaml': 'policies: { path: ./p }\naccounts: { }\n',
      'p/shop.yaml': POLICY,
      'far.yaml': aTest('far', '1.1.0'),
    });

    const { stdout, stderr } = await runHere(['test', at('far.yaml')], {
      TAGWARDEN_CONFIG: at('tagwarden.yaml'),
    });

    expect(stderr).toBe('');
    expect(stdout).toContain('1 test: 1 passed');
  });

  test('test() fails when there is no test, for that proves nothing', async () => {
    await write({ 'p/shop.yaml': POLICY });

    const { code, stdout, stderr } = await runHere(['test', at('p')]);

    expect(stdout).toBe('0 tests: 0 passed, 0 failed\n');
    expect(stderr).toBe(`error: "${at('p')}" holds no document of kind PolicyTest\n`);
    expect(code).toBe(1);
  });

  test.each([
    ['a folder that is not there', ['p'], 'error[POLICY_UNREACHABLE]'],
    ['policies that are not there', ['far.yaml', '--policies', 'p'], 'error[POLICY_UNREACHABLE]'],
    ['a file with a mistake', ['bad.yaml'], 'bad.yaml:1:7: error['],
  ])('test() says what is wrong with %s', async (_what, names, message) => {
    await write({
      'far.yaml': `${POLICY}---\n${aTest('far', '1.1.0')}`,
      'bad.yaml': 'kind: Polcy\n',
    });
    const args = names.map((name) => (name.startsWith('-') ? name : at(name)));

    const { code, stderr } = await runHere(['test', ...args]);

    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  test('test() first checks the set: an error ends it, a warning is printed', async () => {
    const wrong = POLICY.replace('semver: "*"', 'semver: "<0.0.0"');
    await write({
      'wrong/shop.yaml': `${wrong}---\n${aTest('moves', '1.1.0')}`,
      'odd/shop.yaml': `${POLICY}  protect: ["prod-.*"]\n---\n${aTest('moves', '1.1.0')}`,
    });

    const failing = await runHere(['test', at('wrong')]);
    const warned = await runHere(['test', at('odd')]);

    expect(failing).toMatchObject({ code: 1, stdout: '' });
    expect(failing.stderr).toContain('error[never-matches]');
    expect(warned).toMatchObject({ code: 0 });
    expect(warned.stderr).toContain('warning[mixed-syntax] "prod-.*"');
    expect(warned.stdout).toContain('1 test: 1 passed');
  });

  test('test() prints one object with --output json', async () => {
    await write({ 'p/shop.yaml': `${POLICY}---\n${aTest('moves', '1.1.0')}` });

    const { stdout } = await runHere(['test', at('p'), '--output', 'json']);

    expect(JSON.parse(stdout)).toMatchObject({
      format_version: '1.0',
      tests: [{ name: 'moves', status: 'passed' }],
      summary: { tests: 1, passed: 1, failed: 0 },
    });
  });
});

describe('exitCodeOfTests()', () => {
  test.each([
    { statuses: [], code: 1 },
    { statuses: ['passed', 'passed'], code: 0 },
    { statuses: ['passed', 'failed'], code: 1 },
    { statuses: ['broken', 'passed'], code: 1 },
  ] as const)('exitCodeOfTests() of $statuses is $code', ({ statuses, code }) => {
    expect(exitCodeOfTests(statuses.map((status) => ({ status })))).toBe(code);
  });
});
