import type { ErrorCode } from '../../src/model/errors.ts';
import type { Outcome, Report } from '../../src/model/report.ts';

const TARGET = { account: 'hub', path: 'team/app' };
const REASON = { policy: 'p', rule: 'retain[0]', mode: 'sync', because: 'old' } as const;

/** A report with one delete for each outcome. */
export function aReport(
  status: 'in-sync' | 'drifted' | 'refused',
  outcomes: readonly (Outcome | null)[] = [],
): Report {
  const operation = {
    ...REASON,
    type: 'delete',
    tag: 'v1',
    replaces: null,
    makesRoomFor: null,
  } as const;
  const plan = {
    target: TARGET,
    operations: outcomes.map(() => operation),
    findings: [],
    verdict: { safe: true },
    digest: 'sha256:0',
    protect: [],
    listed: 2,
  } as const;
  const performed = outcomes.map((outcome) => ({ operation, outcome }));
  return { status, target: TARGET, name: null, provider: 'ucloud-uhub', plan, performed };
}

/** A report of a target that could not be listed. */
export function anUnknown(code: ErrorCode = 'PROVIDER_UNAVAILABLE'): Report {
  return {
    status: 'unknown',
    target: TARGET,
    name: null,
    provider: 'ucloud-uhub',
    code,
    error: 'no',
    retriable: true,
    retryAfterMs: null,
  };
}

export const APPLIED: Outcome = { status: 'applied', attempts: 1 };
export const FAILED: Outcome = { status: 'failed', code: 'GATE_REFUSED', error: 'no' };
export const SKIPPED: Outcome = { status: 'skipped', reason: 'no' };
