import type { Secret } from '../../model/secret.ts';

/** What is known of a request before its body is read. */
export interface Head {
  /** The header when it was sent exactly once; null: it was not sent, or several times. */
  header(name: string): string | null;
  /** Every `token` of the query string. */
  readonly tokens: readonly string[];
}

/** A request with the bytes of its body, as they were received. */
export interface Delivery extends Head {
  readonly body: Buffer;
}

/** What a delivery is judged by. */
export interface Proof {
  /** All of them are in force. */
  readonly secrets: readonly Secret[];
  readonly now: Date;
  /** How far a signed timestamp may be from `now`. */
  readonly toleranceMs: number;
}

/** How a sender shows that it knows the secret. */
export interface Credential {
  /** False: it cannot be right, whatever the body is. */
  isPresent(head: Head): boolean;
  /** Constant time in everything that depends on a secret. */
  verify(delivery: Delivery, proof: Proof): boolean;
}

/** What an event asks to be looked at; never what to write. */
export type Look =
  | { readonly type: 'nothing' }
  /** The policy source; `commit` is a hint, null: not said. */
  | { readonly type: 'policies'; readonly repository: string; readonly commit: string | null }
  /** Repositories or images, by the names the sender gives them. */
  | { readonly type: 'names'; readonly names: readonly string[] }
  /** Every target of the hook's accounts: the sender does not say which. */
  | { readonly type: 'everything' };

export interface HookEvent {
  /** Event name as the sender gives it. */
  readonly name: string;
  /** For logs and correlation; null: the sender gives none. */
  readonly deliveryId: string | null;
  /** Same for the same event and no other; null: the sender says nothing that tells two events apart. */
  readonly replayId: string | null;
  readonly look: Look;
}

/** One type of sender: verify first, then read. */
export interface Receiver {
  /** Media types without parameters. */
  readonly contentTypes: readonly string[];
  readonly credential: Credential;
  /** Reads a verified delivery; throws MalformedDelivery. An event it does not know looks at nothing. */
  read(delivery: Delivery): HookEvent;
}

/** A verified body that is not what its type says. */
export class MalformedDelivery extends Error {}
