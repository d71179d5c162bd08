import { ERRORS } from '../../model/errors.ts';
import type { TargetRecord } from '../../model/history.ts';
import type { Policy } from '../../model/policy.ts';
import type { ReportStatus } from '../../model/report.ts';
import { selectsTarget } from '../../policy/selector.ts';
import type { PolicyTally } from '../../report/conditions.ts';
import type { Deployment } from './deployment.ts';

/** How the targets of each policy are, by policy name. */
export interface PolicyOverview {
  tallies(deployment: Deployment): Promise<ReadonlyMap<string, PolicyTally>>;
}

/** An answer is good for this long: a dashboard that asks every second must not walk the store every second. */
const FRESH_MS = 5_000;
/** Targets that are looked at per status; a fleet that is all drifted would take seconds to count. */
const MOST = 10_000;
const PAGE = 500;
const WRONG = ['drifted', 'refused', 'unknown'] as const satisfies readonly ReportStatus[];

/** Walks the targets that are not in sync, at most once in 5 s, whoever asks. */
export function createOverview(): PolicyOverview {
  let last: { readonly atMs: number; readonly found: ReturnType<typeof tally> } | null = null;
  return {
    async tallies(deployment) {
      const nowMs = deployment.now().getTime();
      if (last === null || nowMs - last.atMs >= FRESH_MS) {
        const found = tally(deployment);
        last = { atMs: nowMs, found };
        found.catch(() => {
          if (last?.found === found) last = null;
        });
      }
      return await last.found;
    },
  };
}

interface Growing {
  drifted: number;
  refused: number;
  unknown: number;
  stalled: number;
  since: Date | null;
}

async function tally({ store, policies }: Deployment): Promise<ReadonlyMap<string, PolicyTally>> {
  const set = policies();
  const tallies = new Map<string, Growing>(
    set.policies.map(({ name }) => [
      name,
      { drifted: 0, refused: 0, unknown: 0, stalled: 0, since: null },
    ]),
  );
  let isComplete = true;
  for (const status of WRONG) {
    let after: string | null = null;
    let seen = 0;
    do {
      const page = await store.targets({ status, account: null, after, limit: PAGE });
      for (const record of page.items) count(record, status, set.policies, tallies);
      seen += page.items.length;
      after = page.next;
    } while (after !== null && seen < MOST);
    if (after !== null) isComplete = false;
  }
  return new Map([...tallies].map(([name, found]) => [name, { ...found, isComplete }]));
}

function count(
  record: TargetRecord,
  status: (typeof WRONG)[number],
  policies: readonly Policy[],
  tallies: ReadonlyMap<string, Growing>,
): void {
  const isStalled = record.error !== null && !ERRORS[record.error.code].retriable;
  for (const name of policiesOf(record, policies)) {
    const found = tallies.get(name);
    if (found === undefined) continue;
    found[status] += 1;
    if (isStalled) found.stalled += 1;
    if (found.since === null || record.since < found.since) found.since = record.since;
  }
}

/** The policies whose operations are open; where none are, those that select the target. */
function policiesOf(record: TargetRecord, policies: readonly Policy[]): ReadonlySet<string> {
  const open = new Set(record.pending.map(({ policy }) => policy));
  if (open.size > 0 && record.pendingCount === record.pending.length) return open;
  const selecting = policies.filter((policy) => maySelect(policy, record));
  return new Set([...open, ...selecting.map(({ name }) => name)]);
}

/** True unless what the store knows of the target rules the policy out. */
export function maySelect(policy: Policy, { target, name }: TargetRecord): boolean {
  if (policy.suspend) return false;
  if (policy.kind === 'ImageTagPolicy') return selectsTarget(policy, target, null, null) === true;
  // Of an image the store knows id and name alone; a selector that asks for more is given the benefit of the doubt.
  const targets = policy.targets.map((selector) => ({
    ...selector,
    visibility: null,
    tags: null,
    name: name === null ? null : selector.name,
  }));
  return (
    selectsTarget({ ...policy, targets }, target, name === null ? null : { name }, null) !== false
  );
}
