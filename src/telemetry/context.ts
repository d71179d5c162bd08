import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of a piece of work bears, and who caused it. */
export type ContextFields = Readonly<Record<string, unknown>>;

const storage = new AsyncLocalStorage<ContextFields>();
const NOTHING: ContextFields = {};

/** Does the work with these fields in every log line, beside those of the work around it. */
export function withContext<T>(fields: ContextFields, work: () => T): T {
  const around = storage.getStore();
  return storage.run(around === undefined ? fields : { ...around, ...fields }, work);
}

/** Fields of the work in hand; none outside of any. */
export function contextFields(): ContextFields {
  return storage.getStore() ?? NOTHING;
}

/** Id that joins what one delivery, sweep or command caused, fit for a header; null: no work is in hand. */
export function correlationId(): string | null {
  const id = contextFields()['correlation_id'];
  return typeof id === 'string' && id !== ''
    ? id.replaceAll(/[^\w.:/@-]/g, '_').slice(0, 128)
    : null;
}
