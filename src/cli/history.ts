import type { Run } from '../model/history.ts';
import type { Target } from '../model/target.ts';
import { historyJson, renderHistory } from '../report/history.ts';
import type { ConsoleStore } from './console.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { HistoryFlags } from './flags.ts';
import { parseTarget } from './one-target.ts';
import { withConsole } from './with-console.ts';

const PAGE = 100;

/** `history [TARGET]`: the runs that wrote, newest first, with every operation and its outcome. */
export async function history(
  options: HistoryFlags & { readonly target: string | null },
  context: CliContext,
): Promise<ExitCode> {
  const target = options.target === null ? null : parseTarget(options.target, context);
  if (options.target !== null && target === null) return EXIT.usage;
  return await withConsole(options, context, async (console) => {
    const runs = await readRuns(console.store, target, options);
    if (runs.length === 0) context.stderr.write(`${nothingFound(options)}\n`);
    context.stdout.write(
      options.output === 'json'
        ? `${JSON.stringify(historyJson(runs), null, 2)}\n`
        : renderHistory(runs),
    );
    return runs.length === 0 && options.run !== undefined ? EXIT.error : EXIT.ok;
  });
}

async function readRuns(
  store: ConsoleStore,
  target: Target | null,
  { run, tag, limit }: HistoryFlags,
): Promise<readonly Run[]> {
  if (run !== undefined) {
    const found = await store.run(run);
    return found === null ? [] : [found];
  }
  const runs: Run[] = [];
  let after: string | null = null;
  do {
    const page = await store.runs({ target, after, limit: PAGE });
    for (const found of page.items) {
      runs.push(...(tag === undefined ? [found] : aboutTag(await whole(store, found), tag)));
    }
    after = page.next;
  } while (after !== null && runs.length < limit);
  return runs.slice(0, limit);
}

/** Lists give the first operations of a run only. */
async function whole(store: ConsoleStore, run: Run): Promise<Run> {
  if (run.operations.length === run.operationCount) return run;
  return (await store.run(run.id)) ?? run;
}

/** The run with its operations on that name alone; none when it never touched the name. */
function aboutTag(run: Run, tag: string): readonly Run[] {
  const operations = run.operations.filter(({ operation }) => operation.tag === tag);
  const operationCount = operations.length;
  return operationCount === 0 ? [] : [{ ...run, operations, operationCount }];
}

function nothingFound({ run, tag }: HistoryFlags): string {
  if (run !== undefined)
    return `error: no run "${run}" is remembered, wanted an id that history shows`;
  return tag === undefined ? 'no writes are remembered' : `no writes to "${tag}" are remembered`;
}
