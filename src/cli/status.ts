import type { TargetRecord } from '../model/history.ts';
import { REPORT_STATUSES, type ReportStatus } from '../model/report.ts';
import { renderStatus, type Status, statusJson } from '../report/status.ts';
import type { Console } from './console.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { StatusFlags } from './flags.ts';
import { knownRecords } from './known-targets.ts';
import { refuseGlob } from './targets.ts';
import { withConsole } from './with-console.ts';

/** `status`: what is held, which targets are not in sync and why, how long the queues are. */
export async function status(options: StatusFlags, context: CliContext): Promise<ExitCode> {
  if (refuseGlob(options.target, context)) return EXIT.usage;
  return await withConsole(options, context, async (console) => {
    const found = await readStatus(console, options);
    context.stdout.write(
      options.output === 'json'
        ? `${JSON.stringify(statusJson(found), null, 2)}\n`
        : renderStatus(found),
    );
    return EXIT.ok;
  });
}

async function readStatus(console: Console, options: StatusFlags): Promise<Status> {
  const { store, configured, now } = console;
  const [pauses, quarantined, counts, queues, policyProblem, shown] = await Promise.all([
    store.pauses(),
    store.quarantined(now()),
    store.counts(now()),
    console.queues(),
    console.policyProblem?.() ?? null,
    readTargets(console, options),
  ]);
  const paused = [...pauses, ...configured];
  return { pauses: paused, quarantined, counts, queues, policyProblem, ...shown };
}

/** Without a wish those that need a look: everything but in-sync. */
async function readTargets(
  { store }: Console,
  { target, status: wanted, limit }: StatusFlags,
): Promise<Pick<Status, 'targets' | 'more'>> {
  const attention = REPORT_STATUSES.filter((one) => one !== 'in-sync');
  const all: readonly (ReportStatus | null)[] = target === undefined ? attention : [null];
  const statuses = wanted === undefined ? all : [wanted];
  const targets: TargetRecord[] = [];
  for (const one of statuses) {
    for await (const record of knownRecords(store, { glob: target ?? null, status: one })) {
      if (targets.length === limit) return { targets, more: true };
      targets.push(record);
    }
  }
  return { targets, more: false };
}
