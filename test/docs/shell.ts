import type { Block } from '../../tools/site/page.ts';

/** One command of a block: its words, without quotes, redirections and assignments. */
export interface ShellCommand {
  readonly place: string;
  readonly words: readonly string[];
}

/** Words, and the operators between commands. */
const TOKEN =
  /(?<word>(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\$\([^)]*\)|<\([^)]*\)|[^\s"'|&;<>#\\])(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\$\([^)]*\)|[^\s"'|&;<>\\])*)|(?<operator>\|\|?|&&?|;|\n)|(?<redirect>\d?>>?&?\d?|<)|(?<comment>#[^\n]*)|[^\S\n]+/gy;

/** The commands of a `sh` block, one by one; those inside `$(…)` and `<(…)`, too. Throws where the block is no shell. */
export function commandsOf({ page, line, text }: Block): readonly ShellCommand[] {
  const joined = text.replaceAll(/\\\n\s*/g, ' ');
  return split(joined, `${page}:${line}`).map((words) => ({ place: `${page}:${line}`, words }));
}

function split(text: string, place: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  const inner: (readonly string[])[] = [];
  let skipsNext = false;
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const { word, operator, redirect } = match.groups ?? {};
    if (operator !== undefined) commands.push([]);
    if (redirect !== undefined) skipsNext = !/&\d$/.test(redirect);
    if (word === undefined) continue;
    for (const [, script = ''] of word.matchAll(/[$<]\(([^)]*)\)/g))
      inner.push(...split(script, place));
    if (skipsNext) skipsNext = false;
    else commands.at(-1)?.push(unquote(word));
  }
  if (end !== text.length)
    throw new Error(`${place}: no shell from "${text.slice(end, end + 20)}"`);
  return [...commands.map(withoutAssignments), ...inner].filter(({ length }) => length > 0);
}

function withoutAssignments(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !/^(?:export|[A-Za-z_]\w*=.*)$/s.test(word));
  return first < 0 ? [] : words.slice(first);
}

function unquote(word: string): string {
  return word.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) =>
    String(double ?? single ?? escaped),
  );
}
