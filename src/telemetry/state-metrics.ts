import { Counter, Gauge, type Registry } from 'prom-client';
import type { Pause, PauseScope } from '../model/pause.ts';
import type { Report, ReportStatus } from '../model/report.ts';
import { readInTime } from './in-time.ts';

/** How many targets stand how, as the store counts them. */
export type TargetCounts = Readonly<Record<ReportStatus | 'quarantined', number>>;

/** Metrics of what a deployment knows together, and of what holds it back. */
export interface StateMetrics {
  /** Called on each scrape to count the targets. */
  observeTargets(read: () => Promise<TargetCounts>): void;
  /** Called on each scrape for the pauses in force. */
  observePauses(read: () => readonly Pause[]): void;
  /** Counts why plans and targets were not acted on. */
  readonly recordGuards: (report: Report) => void;
  /** A promise failed that nobody waited for, or something was thrown past every catch. */
  recordFault(fault: (typeof FAULTS)[number]): void;
}

const FAULTS = ['rejection', 'exception'] as const;
const SCOPES = [
  'all',
  'policy',
  'targets',
  'deletes',
] as const satisfies readonly PauseScope['type'][];

/** What a reason of a refused plan begins with, and how it is counted. */
const GUARDS = {
  maxDeletePercent: 'delete_ratio',
  allTags: 'wipe',
  countHalved: 'shrink',
  maxDeletes: 'limit',
  maxChanges: 'limit',
} as const;
const GUARD = /^(?:guard |policy ".*" limits\.)(\w+):/;
const BLOCKS = [...new Set(Object.values(GUARDS)), 'gate', 'incomplete_listing', 'other'];

/** Adds the metrics to the registry, every known label at 0. */
export function createStateMetrics(registry: Registry): StateMetrics {
  const registers = [registry];
  const blocks = new Counter({
    name: 'tagwarden_guard_blocks_total',
    help: 'Times something was not written by reason: a guard refused the plan, the last gate a write, or a listing was incomplete',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of BLOCKS) blocks.inc({ reason }, 0);
  const faults = new Counter({
    name: 'tagwarden_faults_total',
    help: 'Failures outside of any work, each a defect and logged with its stack: rejections nobody waited for, exceptions nobody caught',
    labelNames: ['fault'],
    registers,
  });
  for (const fault of FAULTS) faults.inc({ fault }, 0);
  return {
    observeTargets: (read) => observeTargets(registry, read),
    observePauses: (read) => observePauses(registry, read),
    recordGuards(report) {
      for (const reason of blocksOf(report)) blocks.inc({ reason });
    },
    recordFault: (fault) => faults.inc({ fault }),
  };
}

function observeTargets(registry: Registry, read: () => Promise<TargetCounts>): void {
  new Gauge({
    name: 'tagwarden_targets',
    help: 'Targets by how their last pass left them; absent while the store does not answer',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const counts = await readInTime(read);
      for (const [state, count] of Object.entries(counts ?? {}))
        this.set({ state: state.replace('-', '_') }, count);
    },
  });
}

function observePauses(registry: Registry, read: () => readonly Pause[]): void {
  new Gauge({
    name: 'tagwarden_paused',
    help: 'Pauses in force by what they hold: store and configuration together',
    labelNames: ['scope'],
    registers: [registry],
    collect() {
      const pauses = read();
      for (const scope of SCOPES)
        this.set({ scope }, pauses.filter((pause) => pause.scope.type === scope).length);
    },
  });
}

function blocksOf(report: Report): readonly string[] {
  if (report.status === 'unknown')
    return report.code === 'LISTING_INCOMPLETE' ? ['incomplete_listing'] : [];
  const { verdict } = report.plan;
  const refused = verdict.safe ? [] : verdict.reasons.map(guardOf);
  const gated = report.performed.filter(
    ({ outcome }) => outcome?.status === 'failed' && outcome.code === 'GATE_REFUSED',
  );
  return [...refused, ...gated.map(() => 'gate')];
}

function guardOf(reason: string): string {
  const name = GUARD.exec(reason)?.[1] ?? '';
  const known: Readonly<Record<string, string>> = GUARDS;
  return Object.hasOwn(known, name) ? (known[name] ?? 'other') : 'other';
}
