import type { Notice } from '../model/notification.ts';

/** What goes into one message. */
export interface Group {
  /** Of the message; the same on each attempt. */
  readonly id: string;
  readonly at: Date;
  /** Oldest first, one at least. */
  readonly notices: readonly [Notice, ...Notice[]];
  /** How many were lost since the message before, because too many waited. */
  readonly dropped: number;
  readonly maxLines: number;
}

/** A message's body and what it is. */
export interface Formatted {
  readonly contentType: string;
  readonly body: string;
}
