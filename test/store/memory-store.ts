import type { Run, RunOperation, TargetRecord } from '../../src/model/history.ts';
import type { Pause } from '../../src/model/pause.ts';
import { type Target, targetKey } from '../../src/model/target.ts';
import type { Page, PassStart, Store } from '../../src/store/store.ts';

const HOUR_MS = 3_600_000;

/** Everything the model of a store knows. */
class Memory {
  readonly records = new Map<string, { record: TargetRecord; dueAt: Date | null }>();
  readonly crashes = new Map<string, Map<string, { at: Date; process: string | null }>>();
  readonly owners = new Map<string, string>();
  readonly deaths = new Map<string, Date>();
  readonly quarantines = new Map<string, Date>();
  readonly seen = new Map<string, Map<string, Date>>();
  readonly runs = new Map<string, Omit<Run, 'operations'> & { operations: RunOperation[] }>();
  readonly pauses = new Map<string, Pause>();
  readonly learned = new Map<string, string>();
  deletes = 0;

  forget(key: string): void {
    const { records, crashes, owners, quarantines, seen } = this;
    for (const map of [records, crashes, owners, quarantines, seen]) map.delete(key);
  }

  newestRuns(): Run[] {
    return [...this.runs.values()].toSorted(
      (one, other) =>
        other.startedAt.getTime() - one.startedAt.getTime() || (one.id < other.id ? 1 : -1),
    );
  }
}

/** A store without what needs a clock of its own, or has a contract of its own. */
export type ModelStore = Omit<
  Store,
  | 'reserve'
  | 'claimDelivery'
  | 'keepDelivery'
  | 'dropDelivery'
  | 'confirm'
  | 'finishAll'
  | 'stand'
  | 'standings'
  | 'getFacts'
  | 'putFacts'
>;

/** The simplest thing that a store may be: one process, no clock, no bounds but those of prune(). */
export function createMemoryStore(): ModelStore {
  const memory = new Memory();
  return { ...targetPart(memory), ...crashPart(memory), ...runPart(memory), ...fleetPart(memory) };
}

function targetPart(memory: Memory) {
  const all = () =>
    [...memory.records.values()]
      .map(({ record }) => record)
      .toSorted((one, other) => (targetKey(one.target) < targetKey(other.target) ? -1 : 1));
  return {
    async finish(record, dueAt) {
      const old = memory.records.get(targetKey(record.target))?.record;
      const kept = {
        ...record,
        since: old?.status === record.status ? old.since : record.since,
        runId: record.runId ?? old?.runId ?? null,
        baseline: record.baseline ?? old?.baseline ?? null,
      };
      memory.records.set(targetKey(record.target), { record: kept, dueAt });
    },
    forget: async (target) => memory.forget(targetKey(target)),
    target: async (target) => memory.records.get(targetKey(target))?.record ?? null,
    async targets({ status, account, after, limit }) {
      const found = all().filter(
        (record) =>
          (status === null || record.status === status) &&
          (account === null || record.target.account === account) &&
          (after === null || targetKey(record.target) > after),
      );
      return toPage(found, limit, (record) => targetKey(record.target));
    },
    async counts(now) {
      const counts = { 'in-sync': 0, drifted: 0, refused: 0, unknown: 0, quarantined: 0 };
      for (const { status } of all()) counts[status] += 1;
      counts.quarantined = [...memory.quarantines.values()].filter((until) => until > now).length;
      return counts;
    },
    async takeOverdue({ now, limit, againMs }) {
      const late = [...memory.records.entries()].filter(([, { dueAt }]) => dueAt && dueAt < now);
      return late.slice(0, limit).map(([key, { record }]) => {
        memory.records.set(key, { record, dueAt: new Date(now.getTime() + againMs) });
        return record.target;
      });
    },
  } satisfies Partial<Store>;
}

function crashPart(memory: Memory) {
  return {
    async begin(target, start, now) {
      const key = targetKey(target);
      noteCrash(memory, key, start, now);
      memory.owners.set(key, start.process);
      const record = memory.records.get(key)?.record;
      const until = memory.quarantines.get(key) ?? null;
      const counted = countedCrashes(memory, key, now);
      const since = counted.map(({ diedAt }) => diedAt).toSorted((a, b) => +a - +b)[0];
      const inRow = counted.filter(({ at }) => record === undefined || at > record.passedAt);
      return {
        baseline: record?.baseline ?? null,
        isOfNewerRelease: false,
        quarantinedUntil: until !== null && until > now ? until : null,
        crashes: new Set(counted.map(({ process }) => process)).size,
        crashesInRow: new Set(inRow.map(({ process }) => process)).size,
        deaths: since ? [...memory.deaths.values()].filter((at) => at >= since).length : 0,
      };
    },
    async heard(process) {
      memory.deaths.delete(process);
    },
    async quarantine(target: Target, until: Date) {
      memory.quarantines.set(targetKey(target), until);
    },
    async release(target: Target) {
      memory.crashes.delete(targetKey(target));
      return memory.quarantines.delete(targetKey(target));
    },
    async quarantined(now: Date) {
      return [...memory.quarantines]
        .filter(([, until]) => until > now)
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, until]) => {
          const [account = '', ...path] = key.split('/');
          return { target: { account, path: path.join('/') }, until };
        });
    },
  } satisfies Partial<Store>;
}

function noteCrash(memory: Memory, key: string, { crash, process }: PassStart, now: Date): void {
  const crashes = memory.crashes.get(key) ?? new Map();
  if (crash === null || crashes.has(crash)) return;
  const owner = memory.owners.get(key) ?? process;
  const victim = owner === process ? null : owner;
  memory.crashes.set(key, crashes.set(crash, { at: now, process: victim }));
  if (victim === null) return;
  const known = memory.deaths.get(victim) ?? now;
  memory.deaths.set(victim, known < now ? known : now);
}

function countedCrashes(memory: Memory, key: string, now: Date) {
  const from = new Date(now.getTime() - HOUR_MS);
  return [...(memory.crashes.get(key)?.values() ?? [])].flatMap(({ at, process }) => {
    const diedAt = process === null ? undefined : memory.deaths.get(process);
    return diedAt !== undefined && at > from && at >= diedAt ? [{ at, process, diedAt }] : [];
  });
}

function runPart(memory: Memory) {
  return {
    async intend(header, seq, operation, at) {
      const run = memory.runs.get(header.id) ?? {
        ...header,
        endedAt: null,
        operations: [],
        operationCount: 0,
      };
      run.operations[seq] ??= { operation, intendedAt: at, outcome: null };
      const operationCount = Object.keys(run.operations).length;
      memory.runs.set(header.id, { ...run, operationCount });
    },
    async settle(runId, seq, outcome) {
      const run = memory.runs.get(runId);
      const operation = run?.operations[seq];
      if (run && operation) run.operations[seq] = { ...operation, outcome };
    },
    async endRun(runId, at) {
      const run = memory.runs.get(runId);
      if (run) memory.runs.set(runId, { ...run, endedAt: at });
    },
    async run(id) {
      const run = memory.runs.get(id);
      return run ? { ...run, operations: Object.values(run.operations) } : null;
    },
    async runs({ target, after, limit }) {
      const newest = memory.newestRuns().map((run) => ({
        ...run,
        operations: Object.values(run.operations.slice(0, 50)),
      }));
      const from = after === null ? 0 : newest.findIndex((run) => runCursor(run) < after);
      const rest = from < 0 ? [] : newest.slice(from);
      const key = target === null ? null : targetKey(target);
      const found = rest.filter((run) => key === null || targetKey(run.target) === key);
      return toPage(found, limit, runCursor);
    },
    async prune({ before, maxRuns }) {
      for (const [at, run] of memory.newestRuns().entries()) {
        if (at >= maxRuns || run.startedAt < before) memory.runs.delete(run.id);
      }
      for (const [key, { record }] of memory.records) {
        if (record.passedAt < before) memory.forget(key);
      }
      for (const [key, until] of memory.quarantines) {
        if (until < before) memory.quarantines.delete(key);
      }
    },
  } satisfies Partial<Store>;
}

function fleetPart(memory: Memory) {
  return {
    pauses: async () =>
      [...memory.pauses].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, p]) => p),
    async pause(pause) {
      memory.pauses.set(scopeText(pause.scope), pause);
    },
    async resume(scope) {
      if (scope.type === 'deletes') memory.deletes = 0;
      return memory.pauses.delete(scopeText(scope));
    },
    async takeDeletes(count, { maxPerHour, maxPercent }) {
      const baselines = [...memory.records.values()].map(({ record }) => record.baseline ?? 0);
      const tags = baselines.reduce((sum, baseline) => sum + baseline, 0);
      const share = maxPercent >= 100 ? maxPerHour : Math.max(100, (tags * maxPercent) / 100);
      if (memory.deletes + count > Math.floor(Math.min(maxPerHour, share))) return false;
      memory.deletes += count;
      return true;
    },
    async firstSeen(target, names, now) {
      const old = memory.seen.get(targetKey(target));
      const seen = new Map(names.map((name) => [name, old?.get(name) ?? now]));
      memory.seen.set(targetKey(target), seen);
      return seen;
    },
    learned: async (account, fact) => memory.learned.get(`${account} ${fact}`) ?? null,
    async learn(account, fact, value) {
      memory.learned.set(`${account} ${fact}`, value);
    },
  } satisfies Partial<Store>;
}

function scopeText(scope: Pause['scope']): string {
  return Object.values(scope).join(' ');
}

function runCursor({ startedAt, id }: Run): string {
  return `${String(startedAt.getTime()).padStart(14, '0')} ${id}`;
}

function toPage<Item>(
  found: readonly Item[],
  limit: number,
  cursor: (item: Item) => string,
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last ? cursor(last) : null };
}
