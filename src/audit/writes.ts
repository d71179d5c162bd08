import type { ApplyOptions } from '../apply/options.ts';
import type { Cause } from '../model/history.ts';
import type { Operation } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import type { Actor, Write } from './entry.ts';
import type { Audit } from './stream.ts';

/** What all writes of one pass have in common. */
export interface PassFacts {
  readonly actor: Actor;
  readonly correlationId: string;
  /** Revision of the policies. */
  readonly commit: string;
  readonly target: Target;
  /** Run that is being written; null: none is kept. */
  readonly runId: () => string | null;
}

type Hooks = Required<Pick<ApplyOptions, 'onIntent' | 'onOutcome'>>;

/** Who a pass counts for. */
export function actorOf(cause: Cause, correlationId: string): Actor {
  switch (cause) {
    case 'webhook':
      return { type: 'webhook', id: correlationId };
    case 'manual':
      return { type: correlationId.startsWith('cli:') ? 'cli' : 'api', id: correlationId };
    case 'undo':
      return { type: 'cli', id: correlationId };
    case 'schedule':
    case 'revision':
    case 'watchdog':
      return { type: 'schedule', id: correlationId };
  }
}

/** Hooks of an apply that put every write on record, after those given; without an audit those given alone. */
export function audited(audit: Audit | null, pass: PassFacts, others: Partial<Hooks> = {}): Hooks {
  const announced = new Map<Operation, { readonly write: Write; readonly seq: number }>();
  return {
    async onIntent(operation, plan) {
      await others.onIntent?.(operation, plan);
      if (audit === null) return;
      const { runId, ...facts } = pass;
      const write = { ...facts, runId: runId(), planId: plan.digest, operation };
      announced.set(operation, { write, seq: await audit.intent(write) });
    },
    async onOutcome(operation, outcome) {
      const told = announced.get(operation);
      // The first is what came of the write; a delete that is undone later stays one, and its undoing follows.
      announced.delete(operation);
      await Promise.all([
        others.onOutcome?.(operation, outcome),
        told === undefined ? null : audit?.result(told.write, told.seq, outcome),
      ]);
    },
  };
}
