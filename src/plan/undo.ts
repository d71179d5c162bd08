import type { ErrorCode } from '../model/errors.ts';
import type { Run, RunOperation } from '../model/history.ts';
import type { Finding, Operation, Plan } from '../model/plan.ts';
import type { ListedTag } from '../model/tag.ts';
import { inUseReason } from './in-use.ts';
import { finishPlan } from './plan.ts';
import { createScene, type PlanInput, type Scene } from './scene.ts';
import { inUseAt } from './settle.ts';

/** Stands where a policy's name stands in the operations of an undo. */
export const UNDO = 'undo';

/**
 * The plan that takes back what a run wrote, as far as the target still is as the run left it and the old contents are
 * still there. Guards, protection and order are those of any plan; what cannot be taken back is a finding.
 */
export function planUndo(input: PlanInput, run: Run): Plan {
  const scene = createScene(input);
  const names = namesByValue(scene);
  const planned = changesByName(run).map((done) => invert({ scene, names }, run.id, done));
  const inverses =
    scene.capabilities.kind === 'image' ? keepContents(scene, run.id, planned) : planned;
  return finishPlan(
    scene,
    inverses.flatMap(({ operation }) => operation ?? []),
    inverses.flatMap(({ finding }) => finding ?? []),
  );
}

/** What a name was before the run's first write to it, and what it was after the last. */
interface Change {
  readonly first: Operation;
  readonly last: Operation;
}

/** Operations that were or may have been made; a run may write a name twice, through a temporary tag or a restore. */
function changesByName({ operations }: Run): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const { operation, outcome } of operations.filter(mayHaveRun)) {
    if (outcome?.status === 'applied' && outcome.attempts === 0) continue;
    const first = changes.get(operation.tag)?.first ?? operation;
    changes.set(operation.tag, { first, last: operation });
  }
  return [...changes.values()];
}

/** Failures after which nobody knows whether the write was made. */
const UNSETTLED: ReadonlySet<ErrorCode> = new Set([
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_DOWN',
  'TARGET_CHANGED',
  'CANCELLED',
  'INTERNAL',
]);

/** An intent without a result counts, and so does a lost reply: whether it ran shows in what is listed now. */
function mayHaveRun({ outcome }: RunOperation): boolean {
  if (outcome?.status === 'failed') return UNSETTLED.has(outcome.code);
  return outcome === null || outcome.status === 'applied';
}

interface Inverse {
  readonly operation?: Operation;
  readonly finding?: Finding;
  /** The content came from elsewhere with the run, and is there still for all that is known. */
  readonly isBrought?: boolean;
}

interface Found {
  readonly scene: Scene;
  /** A tag for each content that is listed. */
  readonly names: ReadonlyMap<string, string>;
}

function invert({ scene, names }: Found, runId: string, { first, last }: Change): Inverse {
  const { tag } = last;
  const wasUnknown = first.type === 'delete' && first.replaces === null;
  const before = first.replaces;
  const after = last.type === 'delete' ? null : last.value;
  const now = scene.current.get(tag) ?? null;
  if (wasUnknown) return cannot(runId, tag, 'the provider never told its content');
  if (before === after || isBound(now, before)) return {};
  if (!isBound(now, after)) return cannot(runId, tag, 'it was changed again since, so it is left');
  if (scene.isProtected(tag)) return cannot(runId, tag, 'it is protected now');
  const reasoned = {
    tag,
    policy: UNDO,
    rule: `run ${runId}`,
    mode: 'sync',
    because: `takes back ${last.type} by policy ${last.policy} ${last.rule}`,
  } as const;
  if (before === null) {
    return {
      operation: { ...reasoned, type: 'delete', replaces: after, makesRoomFor: null },
      isBrought: first.type === 'promote',
    };
  }
  if (scene.capabilities.kind === 'resource') {
    return { operation: { ...reasoned, type: 'add', value: before, replaces: after } };
  }
  const from = names.get(before);
  if (from === undefined)
    return cannot(runId, tag, `no tag has its old content ${before} any more`);
  return { operation: { ...reasoned, type: 'copy', from, value: before, replaces: after } };
}

/** The first tag of each content: a run may hold as many operations as the target holds tags. */
function namesByValue({ listing }: Scene): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name, value } of listing.tags) {
    if (value !== null && !names.has(value)) names.set(value, name);
  }
  return names;
}

/** A name the run created may be the last one of its content by now; deleting it would lose what was there before the run. */
function keepContents(scene: Scene, runId: string, inverses: readonly Inverse[]): Inverse[] {
  const left = new Map(scene.listing.tags.map(({ name, value }) => [name, value]));
  for (const { operation } of inverses) {
    if (operation === undefined) continue;
    if (operation.type === 'delete') left.delete(operation.tag);
    else left.set(operation.tag, operation.value);
  }
  const kept = new Set(left.values());
  return inverses.map((inverse) => {
    const { operation, isBrought = false } = inverse;
    if (operation?.type !== 'delete') return inverse;
    const { tag, replaces } = operation;
    const isLast = !isBrought && !kept.has(replaces);
    const why = isLast
      ? 'it is the last name of its content, which would be lost'
      : inUseReason(replaces, inUseAt(scene));
    return why === null ? inverse : cannot(runId, tag, why);
  });
}

function isBound(now: ListedTag | null, value: string | null): boolean {
  return value === null ? now === null : now?.value === value;
}

function cannot(runId: string, tag: string, why: string): Inverse {
  const message = `"${tag}" is not taken back: ${why}`;
  return { finding: { severity: 'warning', policy: UNDO, rule: `run ${runId}`, message } };
}
