import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isOnPath } from '../support/redis-process.ts';
import { runHere } from './run-here.ts';

const run = promisify(execFile);
const LONG = /^ {2}(?:-\w, )?(--[a-z-]+)/gm;
const NAMES = /^ {2}([a-z]+)(?: \[options\])?(?: |$)/gm;

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await runHere(['completion', shell]);
  expect(code).toBe(0);
  return stdout;
}

/** The script in a file that goes with the test. */
async function scriptFile(shell: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'script');
  await writeFile(file, await scriptOf(shell));
  return file;
}

/** What a real bash offers for each of these command lines, the last word being written. */
async function offers(
  lines: readonly (readonly string[])[],
): Promise<readonly (readonly string[])[]> {
  const file = await scriptFile('bash');
  const asks = lines.map((words) => {
    const quoted = ['tagwarden', ...words].map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; COMPREPLY=(); _tagwarden; echo "\${COMPREPLY[*]}"`;
  });
  const { stdout } = await run('bash', ['--norc', '-c', `. '${file}'\n${asks.join('\n')}`]);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

async function helpOf(words: readonly string[], pattern: RegExp): Promise<readonly string[]> {
  const { stdout } = await runHere([...words, '--help']);
  return [...stdout.matchAll(pattern)].map(([, word = '']) => word);
}

describe('completion()', () => {
  test('completion() offers in bash each command, and each option of each, that help shows', async () => {
    const help = (await runHere(['--help'])).stdout;
    const section = help.slice(help.indexOf('Commands:'));
    const commands = [...section.matchAll(NAMES)].map(([, name = '']) => name);
    const paths = [
      ...commands.filter((name) => name !== 'help').map((name) => [name]),
      ['audit', 'verify'],
    ];

    const [offered, ...options] = await offers([[''], ...paths.map((path) => [...path, '--'])]);

    expect(commands).toContain('completion');
    expect(offered?.toSorted()).toEqual(commands.toSorted());
    for (const [at, path] of paths.entries())
      expect(options[at]?.toSorted()).toEqual((await helpOf(path, LONG)).toSorted());
  });

  test.each([
    [['pl'], ['plan']],
    [
      ['plan', '--output', ''],
      ['text', 'json', 'ndjson', 'markdown'],
    ],
    [['plan', '--output', 'j'], ['json']],
    [['plan', '--output', '=', 'm'], ['markdown']],
    [
      ['plan', '--output', '='],
      ['text', 'json', 'ndjson', 'markdown'],
    ],
    [
      ['plan', '--target', 'apply', '--out'],
      ['--out', '--output'],
    ],
    [['status', '--status', 'd'], ['drifted']],
    [
      ['audit', ''],
      ['verify', 'help'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['apply', '--config', 'tag'], []],
    [['plan', ''], []],
  ])('completion() answers %j in bash with %j', async (words, expected) => {
    const [offered] = await offers([words]);

    expect(offered).toEqual(expected);
  });

  test('completion() knows no other shell', async () => {
    const { code, stderr } = await runHere(['completion', 'tcsh']);

    expect(code).toBe(64);
    expect(stderr).toContain('bash, zsh, fish');
  });

  test.each(['bash', 'zsh', 'fish'].filter((shell) => isOnPath(shell)))(
    'completion() writes a script that %s can read',
    async (shell) => {
      const file = await scriptFile(shell);

      await expect(run(shell, ['-n', file])).resolves.toMatchObject({ stderr: '' });
    },
  );

  test.runIf(isOnPath('zsh'))('completion() offers the same in zsh', async () => {
    const file = await scriptFile('zsh');
    // Its completion system needs a terminal; what is handed to it does not.
    const system =
      'compdef() { : }; compset() { : }; _files() { print files }; _describe() { print -rl -- ${(P)2} }';
    const ask = async (...words: readonly string[]): Promise<readonly string[]> => {
      const quoted = words.map((word) => `'${word}'`).join(' ');
      const line = `words=(tagwarden ${quoted}); CURRENT=$#words; PREFIX=$words[-1]`;
      const { stdout } = await run('zsh', [
        '-f',
        '-c',
        `${system}\n. '${file}'\n${line}; _tagwarden`,
      ]);
      return stdout.trim().split('\n');
    };

    expect(await ask('plan', '--output', '')).toEqual(['text', 'json', 'ndjson', 'markdown']);
    expect(await ask('plan', '--output=j')).toEqual(['text', 'json', 'ndjson', 'markdown']);
    expect((await ask('pl')).join()).toContain('plan:show what would change and why; writes');
    expect((await ask('audit', 'v')).join()).toMatch(/^verify:check an audit file, or .* them\\: /);
    expect((await ask('audit', 'verify', '-')).join()).toMatch(/^--config:.*,--help:/);
    expect(await ask('plan', '')).toEqual(['files']);
  });

  test.runIf(isOnPath('fish'))('completion() offers the same in fish', async () => {
    const file = await scriptFile('fish');
    const ask = async (line: string): Promise<readonly string[]> => {
      const { stdout } = await run('fish', ['-N', '-c', `source '${file}'; complete -C '${line}'`]);
      return stdout
        .split('\n')
        .map((one) => one.split('\t')[0] ?? '')
        .filter((one) => one !== '');
    };

    expect(await ask('tagwarden pl')).toEqual(['plan']);
    expect(await ask('tagwarden plan --output ')).toEqual(['json', 'markdown', 'ndjson', 'text']);
    expect(await ask('tagwarden audit v')).toEqual(['verify']);
    expect(await ask('tagwarden completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(await ask('tagwarden explain --sn')).toEqual(['--snapshot']);
  });
});
