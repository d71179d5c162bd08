import { ReconcileError } from '../model/errors.ts';
import type { Batch, Provider } from './provider.ts';

/** What a cloud refused: who asked, or what was asked for. */
export type Refused = 'credentials' | 'permission';

/** The same provider; each call that ends because its cloud refused the account is told once. */
export function withRefusalsTold(
  provider: Provider,
  onRefused: (reason: Refused) => void,
): Provider {
  const note = (error: unknown): void => {
    const reason = reasonOf(error);
    if (reason !== null) onRefused(reason);
  };
  const tell = (error: unknown): never => {
    note(error);
    throw error;
  };
  const told = <T>(call: Promise<T>): Promise<T> => call.catch(tell);
  const { batch, transfer } = provider;
  return {
    ...provider,
    async *discover(hint, signal) {
      try {
        yield* provider.discover(hint, signal);
      } catch (error) {
        note(error);
        throw error;
      }
    },
    describe: (target, signal) => told(provider.describe(target, signal)),
    list: (target, signal) => told(provider.list(target, signal)),
    read: (target, name, signal) => told(provider.read(target, name, signal)),
    perform: (target, operation, check, signal) =>
      told(provider.perform(target, operation, check, signal)),
    ...(batch === undefined ? {} : { batch: tellingBatch(batch, note) }),
    ...(transfer === undefined
      ? {}
      : {
          transfer: (target, promotion, check, signal) =>
            told(transfer(target, promotion, check, signal)),
        }),
  };
}

function tellingBatch(batch: Batch, note: (error: unknown) => void): Batch {
  return {
    ...batch,
    async perform(target, writes, signal) {
      const results = await batch.perform(target, writes, signal);
      for (const result of results) if (result.status === 'rejected') note(result.reason);
      return results;
    },
  };
}

function reasonOf(error: unknown): Refused | null {
  if (!(error instanceof ReconcileError)) return null;
  if (error.code === 'PROVIDER_AUTH') return 'credentials';
  return error.code === 'PROVIDER_FORBIDDEN' ? 'permission' : null;
}
