import type { Finding, Operation } from '../model/plan.ts';
import { waitOf } from './channel-wait.ts';
import { evidenceFor, type Witness, witnessOf } from './evidence.ts';
import { inUseReason } from './in-use.ts';
import type { Decision } from './merge.ts';
import { allows, changeOf } from './mode.ts';
import { nearMissOf } from './near-miss.ts';
import { createScene, type PlanInput } from './scene.ts';
import { inUseAt, settle } from './settle.ts';
import { exemptionOf, protectionOf } from './shield.ts';
import { type Origin, type Wish } from './wish.ts';

/** Why one name of a target ends as it does. */
export interface Explanation {
  readonly tag: string;
  /** Value listed now; null: the name is free, or the provider does not tell. */
  readonly current: string | null;
  /** Value after the plan; null: the name is unbound. */
  readonly planned: string | null;
  readonly decision: {
    readonly policy: string;
    readonly rule: string;
    readonly because: string;
    /** `file:line` of the rule. */
    readonly position: string;
  } | null;
  readonly lost: readonly {
    readonly policy: string;
    readonly rule: string;
    readonly why: string;
  }[];
  /** Dates, digests and other facts the decision rests on. */
  readonly evidence: readonly string[];
}

/** Everything known about a target once its rules are settled, by name. */
interface Told extends Witness {
  readonly heardOf: ReadonlyMap<string, readonly Wish[]>;
  readonly decisions: ReadonlyMap<string, Decision>;
  /** What would have to happen to a name. */
  readonly drifts: ReadonlyMap<string, Operation>;
  /** What is going to happen to it. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** Why rules could not be evaluated. */
  readonly errors: readonly Finding[];
}

/** For each name the rules or the listing know (or for the one asked): what decided, what lost and why. */
export function explainTarget(input: PlanInput, tag: string | null): readonly Explanation[] {
  const scene = createScene(input);
  const { wishes, merged, drifts, wanted, findings } = settle(scene);
  const told: Told = {
    ...witnessOf(scene),
    heardOf: Map.groupBy(wishes, (one) => one.tag),
    decisions: new Map(merged.decisions.map((one) => [one.tag, one])),
    drifts: new Map(drifts.map(({ operation }) => [operation.tag, operation])),
    operations: new Map(wanted.map((one) => [one.tag, one])),
    errors: findings.filter(({ severity }) => severity === 'error'),
  };
  const names = tag === null ? new Set([...scene.current.keys(), ...told.heardOf.keys()]) : [tag];
  return [...names].sort().map((name) => explainName(name, told));
}

function explainName(tag: string, told: Told): Explanation {
  const heard = told.heardOf.get(tag) ?? [];
  const current = told.scene.current.get(tag)?.value ?? null;
  const operation = told.operations.get(tag) ?? null;
  const decision = told.decisions.get(tag) ?? null;
  const winner = decision?.origin ?? holder(heard);
  return {
    tag,
    current,
    planned: operation === null ? current : valueAfter(operation),
    decision: decide({ tag, heard }, { winner, decision }, told),
    lost: [
      ...losers(heard, { winner, decision, stopped: stoppedBy(tag, told) }),
      ...missed(tag, heard, told),
    ],
    evidence: [
      ...evidenceFor(tag, operation, told),
      ...new Set(heard.map(waitOf).filter((one) => one !== null)),
    ],
  };
}

interface Heard {
  readonly tag: string;
  readonly heard: readonly Wish[];
}

/** Protection wins over every rule; an exemption speaks where no change was decided. */
function decide(
  { tag, heard }: Heard,
  { winner, decision }: Pick<Verdict, 'winner' | 'decision'>,
  { scene, errors }: Told,
): Explanation['decision'] {
  const shield = protectionOf(tag, scene) ?? (decision === null ? exemptionOf(tag, scene) : null);
  if (shield !== null || winner === null) return shield;
  const blocked = heard.some(({ origin, want }) => want.type === 'block' && origin === winner);
  // A rule that could not be evaluated has no reason but why it could not.
  const error = errors.find(
    ({ policy, rule }) => blocked && policy === winner.policy && rule === winner.rule,
  );
  return decisionOf({ ...winner, because: error?.message ?? winner.because });
}

/** The rule that came closest, of a listed tag that none speaks about. */
function missed(tag: string, heard: readonly Wish[], { scene }: Told): Explanation['lost'] {
  const listed = scene.current.get(tag);
  if (listed === undefined || heard.length > 0 || exemptionOf(tag, scene) !== null) return [];
  return scene.isProtected(tag) ? [] : [nearMissOf(listed, scene)].filter((one) => one !== null);
}

function valueAfter(operation: Operation): string | null {
  return operation.type === 'delete' ? null : operation.value;
}

/** The rule that keeps a name as it is when no change was decided; null: rules disagree, or none speaks. */
function holder(heard: readonly Wish[]): Origin | null {
  const block = heard.find(({ want }) => want.type === 'block');
  const disagree = heard.some(
    ({ want, rank }) => want.type === 'bind' && (block === undefined || rank > block.rank),
  );
  if (disagree) return null;
  return (block ?? heard.find(({ want }) => want.type === 'hold'))?.origin ?? null;
}

function decisionOf({ policy, rule, because, position }: Origin): Explanation['decision'] {
  return { policy, rule, because, position: `${position.file}:${position.line}` };
}

interface Verdict {
  readonly winner: Origin | null;
  /** The change that was decided; null: none. */
  readonly decision: Decision | null;
  /** Why the decided change does not happen; null: it does. */
  readonly stopped: string | null;
}

/** Once for each rule that wanted something else, and for the winner itself when it was stopped later. */
function losers(heard: readonly Wish[], verdict: Verdict): Explanation['lost'] {
  const { winner, stopped } = verdict;
  const lost = heard.flatMap((one) => {
    const { policy, rule } = one.origin;
    const won = policy === winner?.policy && rule === winner.rule;
    const why = won ? stopped : whyLost(one, verdict);
    return why === null ? [] : [{ policy, rule, why }];
  });
  return [...new Map(lost.map((one) => [JSON.stringify(one), one])).values()];
}

/** Protection is asked first, then modes; what remains waits for something that is not going to happen. */
function stoppedBy(tag: string, { scene, drifts, operations }: Told): string | null {
  const drift = drifts.get(tag);
  if (drift === undefined || operations.has(tag)) return null;
  if (scene.isProtected(tag)) return 'the name is protected';
  if (!allows(drift.mode, changeOf(drift))) return `mode "${drift.mode}" does not allow it`;
  const inUse = drift.type === 'delete' ? inUseReason(drift.replaces, inUseAt(scene)) : null;
  return inUse ?? 'it depends on a change that is not made';
}

function whyLost({ want }: Wish, { winner, decision }: Verdict): string | null {
  switch (want.type) {
    case 'block':
      return null;
    case 'hold':
      return decision?.type === 'absent' ? 'what it was held for moves away' : null;
    case 'bind':
    case 'absent': {
      const agrees =
        decision?.type === want.type &&
        (want.type === 'absent' || (decision.type === 'bind' && decision.value === want.value));
      return agrees ? null : contradiction(winner, decision);
    }
  }
}

function contradiction(winner: Origin | null, decision: Decision | null): string {
  if (winner === null) return 'rules of the same rank disagree, so nothing is written';
  const name = `policy "${winner.policy}" ${winner.rule}`;
  return decision === null ? `${name} keeps the name as it is` : `${name} takes precedence`;
}
