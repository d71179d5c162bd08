import { createHash } from 'node:crypto';
import type { Hook } from '../../config/hooks.ts';
import { withDeadline } from '../../model/deadline.ts';
import type { HookEvent } from './hook.ts';
import { type Ask, askOf } from './targets.ts';

/** What the store remembers of deliveries. */
export interface DeliveryMemory {
  claimDelivery(id: string, now: Date): Promise<'new' | 'pending' | 'known'>;
  keepDelivery(id: string, now: Date): Promise<void>;
  dropDelivery(id: string): Promise<void>;
}

/** What the receivers need of the service. */
export interface HookParts extends DeliveryMemory {
  /** Resolves once what is asked is durable; throws QUEUE_UNAVAILABLE. */
  readonly enqueue: (ask: Ask, correlationId: string) => Promise<void>;
  readonly now: () => Date;
}

export type Acceptance = 'accepted' | 'duplicate' | 'ignored' | 'unavailable';

/** Senders give up after three seconds or more, and are answered before that (reliability.md R15). */
const ANSWER_MS = 1_800;

/** Makes a verified event durable, once. Never throws; `unavailable`: the sender should try again. */
export async function accept(
  parts: HookParts,
  { hook, event, correlationId }: Accepted,
): Promise<Acceptance> {
  const ask = askOf(hook, event);
  if (ask === null) return 'ignored';
  try {
    const work = enqueueOnce(parts, { ask, correlationId, id: memoryId(hook, event) });
    return await withDeadline(work, ANSWER_MS);
  } catch {
    return 'unavailable';
  }
}

interface Accepted {
  readonly hook: Hook;
  readonly event: HookEvent;
  readonly correlationId: string;
}

interface Work {
  readonly ask: Ask;
  readonly correlationId: string;
  /** Null: its sender's events cannot be told apart. */
  readonly id: string | null;
}

/** The id is a claim until the queue has the event: a sender that was refused may come again with it. */
async function enqueueOnce(
  parts: HookParts,
  { ask, correlationId, id }: Work,
): Promise<Acceptance> {
  const claim = id === null ? 'new' : await parts.claimDelivery(id, parts.now());
  if (claim === 'known') return 'duplicate';
  // Whoever holds the claim may still fail, so this is no duplicate yet.
  if (claim === 'pending') return 'unavailable';
  try {
    await parts.enqueue(ask, correlationId);
  } catch (error) {
    if (id !== null) await parts.dropDelivery(id);
    throw error;
  }
  // The event is taken; that it is known as well spares a pass.
  if (id !== null) await parts.keepDelivery(id, parts.now()).catch(() => {});
  return 'accepted';
}

function memoryId({ name }: Hook, { replayId }: HookEvent): string | null {
  if (replayId === null) return null;
  return `${name}:${createHash('sha256').update(replayId).digest('hex')}`;
}
