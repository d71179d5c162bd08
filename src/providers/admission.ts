import type { Operation } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { type Batch, type Provider, withPerform } from './provider.ts';

/** Throws when an operation must not be made; asked once of each, before it is performed alone or with others. */
export type Admit = (target: Target, operation: Operation) => Promise<void> | void;

/** The same provider, performing only what is admitted. What is refused leaves its batch, the others go on. */
export function withAdmission(provider: Provider, admit: Admit): Provider {
  return withPerform(
    provider,
    async (target, operation, check, signal) => {
      await admit(target, operation);
      return await provider.perform(target, operation, check, signal);
    },
    provider.batch === undefined ? null : admitting(provider.batch, admit),
  );
}

function admitting(batch: Batch, admit: Admit): Batch {
  return {
    ...batch,
    async perform(target, writes, signal) {
      const refusals = new Map<Operation, PromiseRejectedResult>();
      for (const { operation } of writes) {
        try {
          await admit(target, operation);
        } catch (reason) {
          refusals.set(operation, { status: 'rejected', reason });
        }
      }
      const admitted = writes.filter(({ operation }) => !refusals.has(operation));
      const results =
        admitted.length === 0 ? [] : [...(await batch.perform(target, admitted, signal))];
      return writes.flatMap(({ operation }) => refusals.get(operation) ?? results.splice(0, 1));
    },
  };
}
