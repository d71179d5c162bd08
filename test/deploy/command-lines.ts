import { commandsOf } from '../docs/shell.ts';
import { problemOfCall } from '../support/command-line.ts';

const SHELL = /^```sh\n(.*?)^```$/gms;
const INLINE = /`(tagwarden [^`]+)`/g;

/** Command lines of ours in a page: those of its shell blocks, and those in its sentences. */
export function commandLinesOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(SHELL)].flatMap(([, block = '']) => block.split('\n'));
  const inline = [...markdown.replaceAll(SHELL, '').matchAll(INLINE)].map(([, line = '']) => line);
  return [...blocks, ...inline].filter((line) => line.startsWith('tagwarden '));
}

/** What the real command line says against a line; null: it would run. Nothing is run. */
export async function refusalOf(line: string): Promise<string | null> {
  const [command] = commandsOf({ page: line, line: 1, language: 'sh', kind: '', text: line });
  const problem = await problemOfCall(command?.words.slice(1) ?? []);
  return problem === null ? null : `${line}: ${problem}`;
}
