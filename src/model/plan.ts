import type { Mode } from './mode.ts';
import type { Target } from './target.ts';

interface Reasoned {
  /** Tag name (registry) or key (VM image) that is bound, re-bound or unbound. */
  readonly tag: string;
  /** Name of the policy whose rule asks for it. */
  readonly policy: string;
  /** Path of the rule under `spec`, such as `channels[0]` or `tags.ensure.owner`. */
  readonly rule: string;
  /** What the policy may do; the adapter's gate checks it again. */
  readonly mode: Mode;
  /** Why, in words an operator can check against the policy. */
  readonly because: string;
}

export type Operation =
  | (Reasoned & {
      readonly type: 'add';
      readonly value: string;
      /** Value the name has now; null: the name is free. */
      readonly replaces: string | null;
    })
  | (Reasoned & {
      readonly type: 'copy';
      /** Tag of the same repository whose content the name is bound to. */
      readonly from: string;
      /** Digest `from` must still have when the copy runs. */
      readonly value: string;
      readonly replaces: string | null;
    })
  | (Reasoned & {
      readonly type: 'promote';
      /** The other repository whose content the name is bound to; of any account. */
      readonly source: Target;
      /** Tag of that repository. */
      readonly from: string;
      /** Digest `from` must still have when the content is brought over. */
      readonly value: string;
      readonly replaces: string | null;
      /** Signatures, attestations and the like come along. */
      readonly referrers: boolean;
    })
  | (Reasoned & {
      readonly type: 'delete';
      /** Value seen in the listing; null: the provider does not tell it. */
      readonly replaces: string | null;
      /** Set when the delete must run before an add at a full target: the key that takes the slot. */
      readonly makesRoomFor: string | null;
    });
export type OperationType = Operation['type'];
export type Promote = Extract<Operation, { type: 'promote' }>;

export type Verdict =
  | { readonly safe: true }
  | { readonly safe: false; readonly reasons: readonly string[] };

/** Something worth a person's eye that is no operation. */
export interface Finding {
  readonly severity: 'info' | 'warning' | 'error';
  readonly policy: string;
  readonly rule: string | null;
  readonly message: string;
}

/** What would change at one target, and whether it may. Data: printable, hashable, replayable. */
export interface Plan {
  readonly target: Target;
  /** In the order they must run. */
  readonly operations: readonly Operation[];
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** Hash of target, operations and listed values; what `--confirm` names. */
  readonly digest: `sha256:${string}`;
  /** Names no operation may touch, as globs; the adapter's gate checks them again. */
  readonly protect: readonly string[];
  /** How many tags the listing had. */
  readonly listed: number;
}
