import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createColors } from 'picocolors';
import type { Report } from '../model/report.ts';
import { renderText } from '../report/text.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type App, ROLES, type Service } from './app.ts';
import { type CliContext, wantsColor } from './context.ts';
import { type Applied, driftBack, writeDemoConfig } from './demo-world.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { DemoFlags } from './flags.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));
const DRIFT_EVERY_MS = 3_000;
const POLL_MS = 500;

/** `demo`: simulator, embedded queue and service in this process; heals what it drifts until a signal. */
export async function demo(options: DemoFlags, context: CliContext): Promise<ExitCode> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-demo-'));
  resources.defer(async () => await rm(folder, { recursive: true, force: true }));
  const simulator = await startSimulator();
  resources.defer(async () => await simulator.close());
  const configFile = await writeDemoConfig(folder, POLICIES, simulator);
  const app = await context.openApp({ configFile, policyFolder: null });
  resources.defer(async () => await app.close());
  return await runDemo({ app, simulator, options, context });
}

interface Stage {
  readonly app: App;
  readonly simulator: Simulator;
  readonly options: DemoFlags;
  readonly context: CliContext;
}

async function runDemo(stage: Stage): Promise<ExitCode> {
  const { app, options, context } = stage;
  const say = (text: string): void => void context.stdout.write(text);
  const applied: Applied[] = [];
  say(
    `Simulated: Huawei IMS, Huawei SWR, UCloud UHub, an OCI registry. Policies: ${app.policySet.policies.length} from policies/.\n` +
      'Starting scheduler, worker and API on the embedded queue …\n\n',
  );
  const startedAt = performance.now();
  const service = await app.startService({
    roles: new Set(ROLES),
    host: '127.0.0.1',
    port: 0,
    onReport: (report) => tell(report, applied, context),
    writeLog: (line) => context.stderr.write(line),
    signal: context.interruption.signal,
  });
  try {
    const converged = await waitForConvergence(stage, options.timeout * 1_000);
    if (converged === null) {
      context.stderr.write(`error: the targets did not converge within ${options.timeout} s\n`);
      return EXIT.error;
    }
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    say(`Converged: ${converged} targets in sync after ${seconds} s, ${applied.length} writes.\n`);
    if (options.once !== true) await keepHealing(stage, service, applied);
    return EXIT.ok;
  } finally {
    await service.stop(5_000);
  }
}

/** Prints a report that changed something and remembers its operations. */
function tell(report: Report, applied: Applied[], context: CliContext): void {
  if (report.status === 'in-sync') return;
  const colors = createColors(wantsColor(context, context.stdout));
  const columns = context.stdout.columns ?? null;
  context.stdout.write(`${renderText([report], { colors, columns, summary: false })}\n`);
  if (report.status === 'unknown') return;
  for (const { operation, outcome } of report.performed)
    if (outcome?.status === 'applied') applied.push({ target: report.target, operation });
}

/** Looks at every selected target until all are in sync; the number of targets, or null when time is up. */
async function waitForConvergence(
  { app, context }: Stage,
  timeoutMs: number,
): Promise<number | null> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const reports = await look(app, null, context.interruption.signal);
    if (reports.length > 0 && reports.every(({ status }) => status === 'in-sync'))
      return reports.length;
    await sleep(POLL_MS, undefined, { signal: context.interruption.signal });
  }
  return null;
}

async function look(
  app: App,
  target: string | null,
  signal: AbortSignal,
): Promise<readonly Report[]> {
  const request = { target, dryRun: true, confirmed: new Set<string>(), expected: null };
  return await app.sweep({ ...request, onReport: () => undefined }, signal);
}

async function isDrifted(app: App, target: string, signal: AbortSignal): Promise<boolean> {
  const reports = await look(app, target, signal);
  return reports.some(({ status }) => status === 'drifted');
}

/** Takes back a random write every few seconds and lets an event heal it, until a signal. */
async function keepHealing(
  { app, simulator, context }: Stage,
  service: Service,
  applied: readonly Applied[],
): Promise<void> {
  const { signal } = context.interruption;
  const undoable = applied.slice();
  context.stdout.write(
    `\nDrifting one tag every ${DRIFT_EVERY_MS / 1_000} s; Ctrl-C ends. Metrics: ${service.url}/metrics\n\n`,
  );
  while (!signal.aborted && undoable.length > 0) {
    const index = Math.floor(Math.random() * undoable.length);
    const pick = undoable[index];
    if (pick === undefined) return;
    const what = driftBack(simulator, pick);
    const key = `${pick.target.account}/${pick.target.path}`;
    if (!(await isDrifted(app, key, signal))) {
      // Nobody asks for it to be healed: the backup of a channel that has already moved, say.
      undoable.splice(index, 1);
      continue;
    }
    context.stdout.write(`drift: ${what} on ${key}\n`);
    await service.trigger(pick.target);
    await sleep(DRIFT_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
