import type { ErrorCode } from './errors.ts';
import type { Operation } from './plan.ts';
import type { Secret } from './secret.ts';
import type { Target } from './target.ts';

/** What people are told about a target; never that all is as it was. */
export const NOTICE_TYPES = ['changed', 'failed', 'refused', 'recovered'] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

export const RECEIVER_TYPES = ['slack', 'webhook', 'cloudevents'] as const;
export type ReceiverType = (typeof RECEIVER_TYPES)[number];

/** Where notices go, and which of them. */
export interface ReceiverConfig {
  readonly name: string;
  readonly type: ReceiverType;
  /** Whoever knows it can write there, so it is kept like a password. */
  readonly url: Secret;
  /** Standard Webhooks keys, all of which sign; empty: not signed. */
  readonly secrets: readonly Secret[];
  readonly events: readonly NoticeType[];
  /** Names of accounts; null: all. */
  readonly accounts: readonly string[] | null;
  /** Names of policies; null: all. */
  readonly policies: readonly string[] | null;
  /** Globs over `account/path`; null: all. */
  readonly targets: readonly string[] | null;
  /** How long further notices are waited for, to go into the same message. */
  readonly groupMs: number;
  readonly messagesPerMinute: number;
  /** Most lines, or events, of one message; what is beyond them is counted. */
  readonly maxLines: number;
}

/** One thing that came of one pass over one target. */
export interface Notice {
  readonly id: string;
  readonly type: NoticeType;
  readonly target: Target;
  /** What people call the target where its path is an id; null: the path says it. */
  readonly name: string | null;
  readonly provider: string;
  readonly at: Date;
  readonly revision: string;
  readonly correlationId: string;
  /** Null: nothing was written. */
  readonly runId: string | null;
  /** Policies it is about: those of the operations, or all that select the target. */
  readonly policies: readonly string[];
  /** What was written, each with the value before; empty unless `changed`. */
  readonly changes: readonly Operation[];
  /** Null unless `failed`. */
  readonly error: { readonly code: ErrorCode | null; readonly message: string } | null;
  /** Why a guard refused; empty unless `refused`. */
  readonly reasons: readonly string[];
  /** Of `recovered`: since when it was not well; else null. */
  readonly since: Date | null;
}
