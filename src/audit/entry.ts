import { createHash } from 'node:crypto';
import type { Operation } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';
import { type Target, targetKey } from '../model/target.ts';

/** The version every record bears. */
const SCHEMA_VERSION = 1;

/** Who caused a write; `id`: delivery, sweep or request, or who sat at the command line. */
export interface Actor {
  readonly type: 'webhook' | 'schedule' | 'cli' | 'api';
  readonly id: string;
}

/** One write, as both of its records tell it. */
export interface Write {
  readonly actor: Actor;
  readonly correlationId: string;
  /** Revision of the policies. */
  readonly commit: string;
  /** Digest of the plan. */
  readonly planId: string;
  /** Run in the store; null: a command without a store. */
  readonly runId: string | null;
  readonly target: Target;
  readonly operation: Operation;
}

/** What a record says, apart from its place in the chain. */
export type Entry =
  | { readonly type: 'open'; readonly previousFile: string | null }
  | { readonly type: 'intent'; readonly write: Write }
  /** `intent`: number of the record that announced the write. */
  | {
      readonly type: 'result';
      readonly write: Write;
      readonly intent: number;
      readonly outcome: Outcome;
    }
  /** The process ended in good order, or goes on in another file. */
  | { readonly type: 'close' };

/** Where a record stands: `prev` is the hash of the one before it, 64 zeros for the very first. */
export interface Link {
  readonly seq: number;
  readonly prev: string;
  readonly at: Date;
}

export const FIRST_PREV = '0'.repeat(64);

/** The record as JSON, its own hash still missing. */
export function bodyOf(entry: Entry, { seq, prev, at }: Link): string {
  const head = { schema_version: SCHEMA_VERSION, topic: 'audit', seq, ts: at.toISOString(), prev };
  const text = JSON.stringify({ ...head, ...factsOf(entry) });
  // Some readers take these for the end of a line.
  return text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** A body with its hash, as it stands in a file. */
export function sealed(body: string): { readonly line: string; readonly hash: string } {
  const hash = hashOf(body);
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}\n`, hash };
}

const SEALED = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/;

/** Takes a line apart; null: it was not written by sealed(), or altered since. */
export function unseal(line: string): { readonly body: string; readonly hash: string } | null {
  const [, front, hash] = SEALED.exec(line) ?? [];
  if (front === undefined || hash === undefined) return null;
  const body = `${front}}`;
  return hashOf(body) === hash ? { body, hash } : null;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function factsOf(entry: Entry): object {
  switch (entry.type) {
    case 'open':
      return { type: 'open', previous_file: entry.previousFile };
    case 'close':
      return { type: 'close' };
    case 'intent':
      return { type: 'intent', ...writeFacts(entry.write), outcome: null, attempts: null };
    case 'result':
      return {
        type: 'result',
        intent: entry.intent,
        ...writeFacts(entry.write),
        ...outcomeFacts(entry.outcome),
      };
  }
}

function writeFacts(write: Write): object {
  const { actor, correlationId, commit, planId, runId, target, operation } = write;
  return {
    actor,
    correlation_id: correlationId,
    commit,
    policy: operation.policy,
    rule: operation.rule,
    because: operation.because,
    plan_id: planId,
    run_id: runId,
    target: targetKey(target),
    op: operation.type,
    tag: operation.tag,
    digest_before: operation.replaces,
    digest_after: operation.type === 'delete' ? null : operation.value,
  };
}

function outcomeFacts(outcome: Outcome): object {
  switch (outcome.status) {
    case 'applied':
      return { outcome: 'applied', attempts: outcome.attempts };
    case 'failed':
      return { outcome: 'failed', attempts: null, code: outcome.code, error: outcome.error };
    case 'skipped':
      return { outcome: 'skipped', attempts: null, reason: outcome.reason };
  }
}
