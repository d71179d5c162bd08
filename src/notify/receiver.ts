import { setTimeout as sleep } from 'node:timers/promises';
import type { Posted, Poster } from '../http/poster.ts';
import type { Notice, ReceiverConfig } from '../model/notification.ts';
import { createMessage, mostNotices } from './format.ts';
import { createWaiting, type Waiting } from './waiting.ts';
import { createFilter } from './wants.ts';

/** What became of notices; `dropped`: too many waited, or the process ended. */
export type NoticeResult = Posted['status'] | 'dropped';

/** Told by a receiver; never anything that was sent, nor where. */
export interface ReceiverEvent {
  readonly receiver: string;
  readonly result: NoticeResult;
  /** How many notices. */
  readonly count: number;
  readonly attempts: number;
  /** Why not; null when they were delivered. */
  readonly detail: string | null;
}

/** Takes notices for one place and sends them when their time comes. */
export interface Receiver {
  /** At once and always; what is not for this receiver is left out. */
  offer(notice: Notice): void;
  /** Sends what waits, for so long at most; the rest is dropped. */
  close(graceMs: number): Promise<void>;
}

export interface ReceiverParts {
  readonly config: ReceiverConfig;
  readonly poster: Poster;
  readonly onEvent: (event: ReceiverEvent) => void;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly scrub: (text: string) => string;
}

/** A queue in memory before one poster: a slow receiver makes its messages longer, never anybody wait. */
export function createReceiver(parts: ReceiverParts): Receiver {
  const { config, poster, onEvent } = parts;
  const filter = createFilter(config);
  const waiting = createWaiting();
  const hurry = new AbortController();
  const stop = new AbortController();
  let working: Promise<void> | null = null;
  const drop = (count: number, detail: string): void =>
    onEvent({ receiver: config.name, result: 'dropped', count, attempts: 0, detail });
  const work = async (): Promise<void> => {
    // Cut short by close(): what waits is sent at once then.
    const { signal } = hurry;
    await sleep(config.groupMs, undefined, { signal, ref: false }).catch(() => undefined);
    try {
      while (waiting.size() > 0 && !stop.signal.aborted) {
        await sendGroup(parts, waiting, stop.signal);
      }
    } finally {
      // Whatever failed, the next notice begins anew.
      working = null;
    }
  };
  return {
    offer(notice) {
      const wanted = filter(notice);
      if (wanted === null) return;
      if (!waiting.add(wanted)) drop(1, 'too many wait');
      working ??= work();
    },
    async close(graceMs) {
      hurry.abort();
      const timer = setTimeout(() => stop.abort(), graceMs);
      await working;
      clearTimeout(timer);
      stop.abort();
      const left = waiting.take(Number.POSITIVE_INFINITY).length;
      if (left > 0) drop(left, 'the process ended');
      await poster.close();
    },
  };
}

/** What waits when its turn comes goes into the message, not what waited when it was asked for. */
async function sendGroup(
  { config, poster, onEvent, now, newId, scrub }: ReceiverParts,
  waiting: Waiting,
  signal: AbortSignal,
): Promise<void> {
  const { name: receiver, type, secrets, maxLines } = config;
  let count = 0;
  const posted = await poster.post(() => {
    const [first, ...rest] = waiting.take(mostNotices(type, maxLines));
    if (first === undefined) return null;
    count = 1 + rest.length;
    const head = { id: newId(), at: now(), dropped: waiting.takeDropped(), maxLines };
    return createMessage(type, { ...head, notices: [first, ...rest] }, { secrets, scrub });
  }, signal);
  if (posted === null || count === 0) return;
  const { status: result, attempts } = posted;
  const detail = posted.status === 'delivered' ? null : posted.detail;
  onEvent({ receiver, result, count, attempts, detail });
}
