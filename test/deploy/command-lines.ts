import type { Command } from 'commander';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { readEnvironment } from '../../src/config/environment.ts';

const SHELL = /^```sh\n(.*?)^```$/gms;
const INLINE = /`(tagwarden [^`]+)`/g;
const WORD = /'([^']*)'|"([^"]*)"|([^\s'"]+)/g;

/** Command lines of ours in a page: those of its shell blocks, and those in its sentences. */
export function commandLinesOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(SHELL)].flatMap(([, block = '']) => block.split('\n'));
  const inline = [...markdown.replaceAll(SHELL, '').matchAll(INLINE)].map(([, line = '']) => line);
  return [...blocks, ...inline].filter((line) => line.startsWith('tagwarden '));
}

/** What the real command line says against a line; null: it would run. Nothing is run. */
export async function refusalOf(line: string): Promise<string | null> {
  const said: string[] = [];
  const program = createProgram(contextThatSays(said), () => undefined);
  for (const command of withCommandsOf(program)) command.exitOverride().action(() => undefined);
  try {
    await program.parseAsync([...wordsOf(line)].slice(1), { from: 'user' });
    return null;
  } catch (error) {
    return `${line}: ${said.join('') || String(error)}`;
  }
}

function wordsOf(line: string): readonly string[] {
  // A comment begins after a space.
  const [command = ''] = line.split(/\s#/);
  return [...command.matchAll(WORD)].map(([, one, other, plain]) => one ?? other ?? plain ?? '');
}

/** A command that only has others keeps its own action: to tell which they are. */
function withCommandsOf(command: Command): readonly Command[] {
  if (command.commands.length === 0) return [command];
  return command.commands.flatMap(withCommandsOf);
}

function contextThatSays(said: string[]): CliContext {
  const output = { write: (text: string) => said.push(text), isTTY: false };
  const never = async () => await Promise.reject(new Error('a command line that is only read'));
  return {
    stdout: output,
    stderr: output,
    environment: readEnvironment({}),
    interruption: { signal: new AbortController().signal, by: () => null },
    onFault: () => undefined,
    scrub: (text) => text,
    openApp: never,
    openConsole: never,
    openRemote: never,
    validate: never,
    checkSet: never,
    loadCapabilities: never,
  };
}
