import { applyPlan } from './apply/apply.ts';
import type { ApplyOptions } from './apply/options.ts';
import { type Look, lookAt } from './look.ts';
import { type ErrorCode, ReconcileError } from './model/errors.ts';
import type { Plan } from './model/plan.ts';
import type { Performed, Report } from './model/report.ts';
import { targetKey } from './model/target.ts';
import { planTarget } from './plan/plan.ts';
import { statusOf } from './plan/status.ts';
import { withGate } from './providers/gate.ts';
import type { Provider } from './providers/provider.ts';
import { unknownReport } from './report/unknown.ts';

/** Does one part of a pass; gives what it gives. */
export type During = <T>(
  phase: 'list' | 'plan' | 'apply',
  work: () => T | Promise<T>,
) => Promise<T>;

/** What one pass over one target is about. */
export interface Pass extends Look {
  /** True: everything but writing. */
  readonly dryRun: boolean;
  /** The one plan that may be performed; any other is reported as PLAN_STALE. Null or absent: whatever is planned. */
  readonly planDigest?: string | null;
  /** Told of each part of the pass, which it must do: for times and traces. Absent: it is just done. */
  readonly during?: During;
}

/** How often a pass plans anew when the target changes under its hands. */
const MAX_REPLANS = 2;

/** One pass over one target: look, decide, act, tell. Never throws; what went wrong is in the report. */
export async function reconcile(
  provider: Provider,
  pass: Pass,
  options: ApplyOptions,
): Promise<Report> {
  try {
    const plan = await planPass(provider, pass, options.signal);
    if (plan.operations.length === 0) return reportOf(provider, pass, plan, NOTHING);
    const performed = await performPlan(provider, pass, plan, options);
    return await replan(provider, pass, { plan, performed, earlier: [], replans: 0 }, options);
  } catch (error) {
    const { target } = pass;
    return unknownReport({ target, name: nameOf(pass), provider: provider.name }, error);
  }
}

const NOTHING: readonly Performed[] = [];

async function planPass(provider: Provider, pass: Pass, signal: AbortSignal): Promise<Plan> {
  const { target, planDigest = null, planner = planTarget, during = justDo } = pass;
  const seen = await during('list', () => lookAt(provider, pass, signal));
  const plan = await during('plan', () => planner(seen));
  if (planDigest === null || planDigest === plan.digest) return plan;
  const message = `Cannot apply plan "${planDigest}" to "${targetKey(target)}": the plan is ${plan.digest} now, plan again`;
  throw new ReconcileError('PLAN_STALE', message);
}

async function justDo<T>(_phase: string, work: () => T | Promise<T>): Promise<T> {
  return await work();
}

async function performPlan(
  provider: Provider,
  { dryRun, during = justDo }: Pass,
  plan: Plan,
  options: ApplyOptions,
): Promise<readonly Performed[]> {
  if (dryRun) return plan.operations.map((operation) => ({ operation, outcome: null }));
  if (plan.operations.length === 0) return NOTHING;
  const gated = withGate(provider, { protect: plan.protect });
  const apply = async () => await applyPlan(gated, plan, options);
  if (!plan.verdict.safe) return await apply();
  return await during('apply', apply);
}

interface Progress {
  readonly plan: Plan;
  readonly performed: readonly Performed[];
  /** Applied under an earlier plan of the same pass, or perhaps so. */
  readonly earlier: readonly Performed[];
  readonly replans: number;
}

/** Plans again while the target turns out to be other than listed; a saved plan is never replaced by another. */
async function replan(
  provider: Provider,
  pass: Pass,
  progress: Progress,
  options: ApplyOptions,
): Promise<Report> {
  const { plan, performed, earlier, replans } = progress;
  const report = reportOf(provider, pass, plan, [...earlier, ...performed]);
  const saved = (pass.planDigest ?? null) !== null;
  if (!performed.some(sawChange) || replans === MAX_REPLANS || saved) return report;
  let next: Plan;
  try {
    next = await planPass(provider, pass, options.signal);
  } catch {
    return report; // what was done must not be lost; the next pass meets the fault again
  }
  const planned = new Set(next.operations.map(({ tag }) => tag));
  const unseen = performed.filter((done) => isUnseen(done) && !planned.has(done.operation.tag));
  const applied = performed.filter(({ outcome }) => outcome?.status === 'applied');
  const again = await performPlan(provider, pass, next, options);
  const done = [...earlier, ...applied, ...unseen];
  const further = { plan: next, performed: again, earlier: done, replans: replans + 1 };
  return await replan(provider, pass, further, options);
}

const CHANGED: ReadonlySet<ErrorCode> = new Set(['TARGET_CHANGED', 'PROVIDER_CONFLICT']);

/** Failures after which a write may have been made all the same; when it was, the next plan does not ask for it. */
const UNSEEN: ReadonlySet<ErrorCode> = new Set([
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_DOWN',
  'INTERNAL',
]);

function isUnseen({ outcome }: Performed): boolean {
  return outcome?.status === 'failed' && UNSEEN.has(outcome.code);
}

function sawChange({ outcome }: Performed): boolean {
  return outcome?.status === 'failed' && CHANGED.has(outcome.code);
}

function reportOf(
  provider: Provider,
  pass: Pass,
  plan: Plan,
  performed: readonly Performed[],
): Report {
  return {
    target: plan.target,
    name: nameOf(pass),
    provider: provider.name,
    status: statusOf(plan, performed.length),
    plan,
    performed,
  };
}

/** The image's name; a repository's path already ends in its own. */
export function nameOf({ target, attributes }: Pick<Pass, 'target' | 'attributes'>): string | null {
  const name = attributes?.['name'] ?? null;
  if (name === null || target.path === name) return null;
  return target.path.endsWith(`/${name}`) ? null : name;
}
