import { createPoster } from '../http/poster.ts';
import type { RetryOptions } from '../http/retry.ts';
import type { ReceiverConfig } from '../model/notification.ts';
import { noticesOf, type Passed } from './notices.ts';
import { createReceiver, type Receiver, type ReceiverEvent } from './receiver.ts';

/** Tells people what came of passes; nobody waits for it. */
export interface Notifications {
  /** False: nobody wants to be told, so nothing need be looked up for it. */
  readonly wanted: boolean;
  tell(passed: Passed): void;
  /** Sends what waits, for two seconds at most; the rest is lost. */
  close(): Promise<void>;
}

export interface NotificationParts {
  readonly receivers: readonly ReceiverConfig[];
  /** Told of every message that was sent or given up, and of every notice that was dropped. */
  readonly onEvent: (event: ReceiverEvent) => void;
  readonly now: () => Date;
  readonly random: () => number;
  readonly newId: () => string;
  /** Blanks secrets in what is sent. */
  readonly scrub: (text: string) => string;
  /** Default 10 s: longest wait for one answer. */
  readonly timeoutMs?: number;
  readonly retries?: Partial<RetryOptions>;
}

const TIMEOUT_MS = 10_000;
/** Rides out some minutes; meanwhile what follows gathers for the next message. */
const RETRIES: RetryOptions = {
  attempts: 10,
  minDelayMs: 1_000,
  maxDelayMs: 5 * 60_000,
  maxRetryAfterMs: 5 * 60_000,
};
/** A receiver that is down must not hold up the end of the process. */
const CLOSE_MS = 2_000;
/** Messages that may follow each other at once after a pause. */
const BURST = 3;
const MINUTE_S = 60;

/** Nobody tells anybody anything. */
export const NO_NOTIFICATIONS: Notifications = {
  wanted: false,
  tell: () => undefined,
  close: async () => undefined,
};

/** One queue and one connection for each receiver. */
export function openNotifications(parts: NotificationParts): Notifications {
  if (parts.receivers.length === 0) return NO_NOTIFICATIONS;
  const receivers = parts.receivers.map((config) => openReceiver(config, parts));
  return {
    wanted: true,
    tell(passed) {
      for (const notice of noticesOf(passed, parts.newId))
        for (const receiver of receivers) receiver.offer(notice);
    },
    close: async () =>
      void (await Promise.all(receivers.map(async (receiver) => await receiver.close(CLOSE_MS)))),
  };
}

function openReceiver(config: ReceiverConfig, parts: NotificationParts): Receiver {
  const { onEvent, now, random, newId, scrub, retries, timeoutMs = TIMEOUT_MS } = parts;
  const poster = createPoster({
    url: config.url.reveal(),
    timeoutMs,
    requestsPerSecond: config.messagesPerMinute / MINUTE_S,
    burst: BURST,
    retries: { ...RETRIES, ...retries },
    now,
    random,
  });
  return createReceiver({ config, poster, onEvent, now, newId, scrub });
}
