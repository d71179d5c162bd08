import type { Condition, ConditionType } from '../model/condition.ts';
import { ERRORS } from '../model/errors.ts';
import type { TargetRecord } from '../model/history.ts';
import { IN_USE_RULE } from '../model/in-use.ts';
import type { Pause } from '../model/pause.ts';

/** What holds a target back besides its own state. */
export interface TargetHolds {
  /** The pauses that hold its writes. */
  readonly pauses: readonly Pause[];
  readonly quarantinedUntil: Date | null;
}

interface Finding {
  readonly is: boolean;
  readonly reason: string;
  readonly message: string;
  readonly since: Date | null;
}

/** The last pass over a target as conditions, one of each type. */
export function targetConditions(record: TargetRecord, holds: TargetHolds): readonly Condition[] {
  const { since } = record;
  const findings: Readonly<Record<ConditionType, Finding>> = {
    Ready: { ...readiness(record, holds), since },
    Reconciling: { ...reconciling(record, holds), since },
    Stalled: { ...stall(record, holds), since },
    Drifted: { ...drift(record), since },
    Guarded: { ...guarded(record), since },
    Paused: paused(holds.pauses),
  };
  return toConditions(findings, record.revision);
}

type Said = Omit<Finding, 'since'>;

function reconciling(record: TargetRecord, holds: TargetHolds): Said {
  const needsNone = record.status === 'in-sync' || record.status === 'refused';
  const isHeld = holds.pauses.length > 0 || stall(record, holds).is;
  return needsNone || isHeld
    ? { is: false, reason: 'NothingToDo', message: 'no pass is needed or would help' }
    : { is: true, reason: 'PassFollows', message: 'another pass follows by itself' };
}

function drift({ pendingCount }: TargetRecord): Said {
  const is = pendingCount > 0;
  const reason = is ? 'OperationsPending' : 'NoOperations';
  return { is, reason, message: `${pendingCount} operations to do` };
}

function guarded({ status, verdict, findings }: TargetRecord): Said {
  const is = status === 'refused';
  const held = findings.find(({ rule, severity }) => rule === IN_USE_RULE && severity === 'error');
  if (!is && held !== undefined) {
    return { is: true, reason: 'InUseUnknown', message: held.message };
  }
  const message = verdict === null || verdict.safe ? '' : verdict.reasons.join('; ');
  return { is, reason: is ? 'PlanRefused' : 'PlanSafe', message };
}

function paused([pause]: readonly Pause[]): Finding {
  return pause === undefined
    ? { is: false, reason: 'NotPaused', message: '', since: null }
    : { is: true, reason: 'PausedByOperator', message: pause.reason, since: pause.since };
}

function readiness({ status, error }: TargetRecord, { quarantinedUntil }: TargetHolds): Said {
  if (quarantinedUntil !== null) {
    return { is: false, reason: 'Quarantined', message: 'its passes took workers down' };
  }
  switch (status) {
    case 'in-sync':
      return { is: true, reason: 'InSync', message: 'the tags are as the policies say' };
    case 'drifted':
      return { is: false, reason: 'Drifted', message: 'operations are still to do' };
    case 'refused':
      return { is: false, reason: 'Refused', message: 'a guard refused the plan' };
    case 'unknown':
      return {
        is: false,
        reason: error?.code ?? 'Unknown',
        message: error?.message ?? 'not listed',
      };
  }
}

function stall({ error }: TargetRecord, { quarantinedUntil }: TargetHolds): Said {
  if (quarantinedUntil !== null) {
    return { is: true, reason: 'Quarantined', message: `until ${quarantinedUntil.toISOString()}` };
  }
  if (error === null || ERRORS[error.code].retriable) {
    return { is: false, reason: 'NotStalled', message: '' };
  }
  return { is: true, reason: error.code, message: ERRORS[error.code].remedy };
}

/** What is wrong with the targets of one policy, as far as it was looked for. */
export interface PolicyTally {
  readonly drifted: number;
  readonly refused: number;
  readonly unknown: number;
  /** Of the unknown, those that only a person can mend. */
  readonly stalled: number;
  /** When the first of them left its good state; null: all are in sync. */
  readonly since: Date | null;
  /** False: there are more targets than were looked at. */
  readonly isComplete: boolean;
}

/** What the rest of the deployment says about a policy. */
export interface PolicyState {
  readonly tally: PolicyTally;
  readonly suspended: boolean;
  /** The pauses that hold all its writes. */
  readonly pauses: readonly Pause[];
  readonly revision: string;
}

/** The targets of one policy as conditions, one of each type. */
export function policyConditions(state: PolicyState): readonly Condition[] {
  const { tally, suspended, pauses, revision } = state;
  const { drifted, refused, unknown, stalled, since } = tally;
  const wrong = drifted + refused + unknown;
  const least = tally.isComplete ? '' : 'at least ';
  const isHeld = suspended || pauses.length > 0;
  const findings: Readonly<Record<ConditionType, Finding>> = {
    Ready: {
      is: wrong === 0 && !suspended,
      reason: suspended ? 'Suspended' : wrong === 0 ? 'InSync' : 'NotInSync',
      message: `${least}${wrong} targets are not in sync`,
      since,
    },
    Reconciling: counted(isHeld ? 0 : drifted + unknown - stalled, 'PassesFollow', least, since),
    Stalled: counted(stalled, 'NeedsAPerson', least, since),
    Drifted: counted(drifted + refused, 'OperationsPending', least, since),
    Guarded: counted(refused, 'PlansRefused', least, since),
    Paused: suspended
      ? { is: true, reason: 'Suspended', message: '', since: null }
      : paused(pauses),
  };
  return toConditions(findings, revision);
}

function counted(count: number, reason: string, least: string, since: Date | null): Finding {
  const is = count > 0;
  return { is, reason: is ? reason : 'None', message: `${least}${count} targets`, since };
}

function toConditions(
  findings: Readonly<Record<ConditionType, Finding>>,
  observedRevision: string,
): readonly Condition[] {
  const { Ready, Reconciling, Stalled, Drifted, Guarded, Paused } = findings;
  return Object.entries({ Ready, Reconciling, Stalled, Drifted, Guarded, Paused }).map(
    ([type, { is, reason, message, since }]) => ({
      type: type satisfies string as ConditionType,
      status: is ? 'True' : 'False',
      reason,
      message,
      lastTransition: since,
      observedRevision,
    }),
  );
}
