import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { declaredProgram } from '../../tools/cli-reference.ts';
import { type Block, type Page, parsePage, readPages } from '../../tools/site/page.ts';
import { problemOfCall } from '../support/command-line.ts';
import { commandsOf, type ShellCommand } from './shell.ts';

const BLOCKS = readPages().flatMap(commandBlocks);
const { scripts: SCRIPTS } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** Blocks of a shell, and code spans that are a call: `tagwarden plan --target GLOB`, not `tagwarden …`. */
function commandBlocks({ blocks, spans }: Page): readonly Block[] {
  const calls = spans.filter(({ text }) =>
    /^(?:tagwarden|npm run -s tagwarden --) [a-z]/.test(text),
  );
  return [
    ...blocks.filter(({ language }) => language === 'sh'),
    ...calls.map((span) => ({ ...span, language: 'sh', kind: '' })),
  ];
}

/** The arguments of a call of tagwarden, however it is called; null: it is another program. */
function argumentsOf([program = '', ...rest]: readonly string[]): readonly string[] | null {
  if (program === 'tagwarden') return rest;
  if (program === 'npx' && rest[0] === 'tagwarden') return rest.slice(1);
  if (/(?:^|\/)node$/.test(program) && rest[0]?.endsWith('src/main.ts')) return rest.slice(1);
  const { script, given } = scriptOf([program, ...rest]);
  if (script === 'tagwarden') return given;
  if (script === 'demo') return ['demo', ...given];
  return null;
}

function scriptOf(words: readonly string[]): {
  readonly script: string | null;
  readonly given: readonly string[];
} {
  const [program, ...rest] = words;
  const plain = rest.filter((word) => !/^(?:-s|--silent)$/.test(word));
  const isTest = program === 'npm' && plain[0] === 'test';
  if (!isTest && (program !== 'npm' || plain[0] !== 'run')) return { script: null, given: [] };
  const script = isTest ? 'test' : (plain[1] ?? '');
  const dashes = words.indexOf('--');
  return { script, given: dashes < 0 ? [] : words.slice(dashes + 1) };
}

async function problemOf({ words }: ShellCommand): Promise<string | null> {
  const { script } = scriptOf(words);
  if (script !== null && !Object.hasOwn(SCRIPTS, script)) return `no script "${script}"`;
  const given = argumentsOf(words);
  if (given === null || (given.length === 1 && given[0] === '--version')) return null;
  return await problemOfCall(given);
}

async function problemsOf(blocks: readonly Block[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const command of blocks.flatMap(commandsOf)) {
    const problem = await problemOf(command);
    if (problem !== null) problems.push(`${command.place}: ${command.words.join(' ')}: ${problem}`);
  }
  return problems;
}

describe('the commands of all pages', () => {
  test('are commands, options and arguments that the program knows', async () => {
    const called = BLOCKS.flatMap(commandsOf).filter(({ words }) => argumentsOf(words) !== null);

    expect(called.length).toBeGreaterThan(40);
    expect(await problemsOf(BLOCKS)).toEqual([]);
  });

  test('every command of the program is shown somewhere', () => {
    const shown = new Set(
      BLOCKS.flatMap(commandsOf).flatMap(({ words }) => argumentsOf(words)?.[0] ?? []),
    );
    const known = declaredProgram().commands.map((command) => command.name());

    expect(known.filter((name) => !shown.has(name))).toEqual([]);
  });

  test.each([
    ['tagwarden aply', "unknown command 'aply'"],
    ['npm run -s tagwarden -- plan --detailed', "unknown option '--detailed'"],
    ['A=1 tagwarden explain # no target', "missing required argument 'target'"],
    ['tagwarden plan one two', 'too many arguments'],
    ['tagwarden plan --output yaml', "option '--output <format>' argument 'yaml' is invalid"],
    ['tagwarden plan \\\n  --twice', "unknown option '--twice'"],
    ['sleep 1 && tagwarden undo > out.txt', "missing required argument 'run'"],
    ['source <(tagwarden complete bash)', "unknown command 'complete'"],
    ['npm run nothing', 'no script "nothing"'],
    ['npm run -s demo -- --twice', "unknown option '--twice'"],
  ])('a command that is wrong would be noticed: %s', async (text, wanted) => {
    const page = parsePage('x.md', `\`\`\`sh\n${text}\n\`\`\`\n`);

    expect(await problemsOf(commandBlocks(page))).toEqual([expect.stringContaining(wanted)]);
  });

  test('a call in the text that is wrong would be noticed', async () => {
    const page = parsePage('x.md', 'See `tagwarden plan --all`, but not `tagwarden COMMAND`.\n');

    expect(await problemsOf(commandBlocks(page))).toEqual([
      "x.md:1: tagwarden plan --all: error: unknown option '--all'",
    ]);
  });
});
