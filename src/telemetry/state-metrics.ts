import { Counter, Gauge, type Registry } from 'prom-client';
import type { Pause, PauseScope } from '../model/pause.ts';
import type { Report } from '../model/report.ts';
import { readInTime } from './in-time.ts';
import type { OnScrape } from './on-scrape.ts';

/** How targets stand, as the store counts them. */
export interface Standings {
  /** How many targets are in which state. */
  readonly states: Readonly<Record<string, number>>;
  /** By policy: since when the oldest of its targets that are not in sync has been so. */
  readonly oldestUnsynced: ReadonlyMap<string, Date>;
}

/** Metrics of what a deployment knows together, and of what holds it back. */
export interface StateMetrics {
  /** Called on each scrape with the names of the policies in force. */
  observeTargets(read: (policies: readonly string[]) => Promise<Standings>, now: () => Date): void;
  /** Called on each scrape for the pauses in force. */
  observePauses(read: () => readonly Pause[]): void;
  /** Counts why plans and targets were not acted on. */
  readonly recordGuards: (report: Report) => void;
  /** A promise failed that nobody waited for, or something was thrown past every catch. */
  recordFault(fault: (typeof FAULTS)[number]): void;
  /** Policies in force. */
  setPolicies(names: readonly string[]): void;
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
const BLOCKS = [
  ...new Set(Object.values(GUARDS)),
  'fleet',
  'protected',
  'gate',
  'incomplete_listing',
  'other',
];

/** Adds the metrics to the registry, every known label at 0. */
export function createStateMetrics(registry: Registry, onScrape: OnScrape): StateMetrics {
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
  const policies: { names: readonly string[] } = { names: [] };
  return {
    observeTargets: (read, now) =>
      onScrape(targetLook(registry, async () => await read(policies.names), { policies, now })),
    observePauses: (read) => onScrape(pauseLook(registry, read)),
    recordGuards(report) {
      for (const reason of blocksOf(report)) blocks.inc({ reason });
    },
    recordFault: (fault) => faults.inc({ fault }),
    setPolicies(names) {
      policies.names = names;
    },
  };
}

function targetLook(
  registry: Registry,
  read: () => Promise<Standings>,
  {
    policies,
    now,
  }: { readonly policies: { readonly names: readonly string[] }; readonly now: () => Date },
): () => Promise<void> {
  const registers = [registry];
  const targets = new Gauge({
    name: 'tagwarden_targets',
    help: 'Targets by how their last pass left them; absent while the store does not answer',
    labelNames: ['state'],
    registers,
  });
  const unsynced = new Gauge({
    name: 'tagwarden_oldest_unsynced_seconds',
    help: 'Age of the oldest target of a policy that is not in sync; 0: all are. Absent while the store does not answer',
    labelNames: ['policy'],
    registers,
  });
  return async () => {
    const standings = await readInTime(read);
    targets.reset();
    unsynced.reset();
    if (standings === null) return;
    for (const [state, count] of Object.entries(standings.states)) targets.set({ state }, count);
    for (const policy of policies.names) {
      const since = standings.oldestUnsynced.get(policy);
      const ageMs = since === undefined ? 0 : Math.max(0, now().getTime() - since.getTime());
      unsynced.set({ policy }, ageMs / 1_000);
    }
  };
}

function pauseLook(registry: Registry, read: () => readonly Pause[]): () => Promise<void> {
  const paused = new Gauge({
    name: 'tagwarden_paused',
    help: 'Pauses in force by what they hold: store and configuration together',
    labelNames: ['scope'],
    registers: [registry],
  });
  const breaker = new Gauge({
    name: 'tagwarden_fleet_breaker_open',
    help: '1 while the guard of the whole fleet holds all deletes, until a person resumes them, else 0',
    registers: [registry],
  });
  return async () => {
    const pauses = read();
    breaker.set(pauses.some(({ by }) => by === 'guard') ? 1 : 0);
    for (const scope of SCOPES)
      paused.set({ scope }, pauses.filter((pause) => pause.scope.type === scope).length);
  };
}

function blocksOf(report: Report): readonly string[] {
  if (report.status === 'unknown')
    return report.code === 'LISTING_INCOMPLETE' ? ['incomplete_listing'] : [];
  const { verdict } = report.plan;
  const refused = verdict.safe ? [] : verdict.reasons.map(guardOf);
  const gated = report.performed.flatMap(({ outcome }) =>
    outcome?.status === 'failed' && outcome.code === 'GATE_REFUSED' ? [gateOf(outcome.error)] : [],
  );
  return [...refused, ...gated];
}

function guardOf(reason: string): string {
  const name = GUARD.exec(reason)?.[1] ?? '';
  const known: Readonly<Record<string, string>> = GUARDS;
  return Object.hasOwn(known, name) ? (known[name] ?? 'other') : 'other';
}

function gateOf(error: string): string {
  if (/: the name is protected, /.test(error)) return 'protected';
  return /guards\.max(?:DeletesPerHour|FleetDeletePercent)/.test(error) ? 'fleet' : 'gate';
}
