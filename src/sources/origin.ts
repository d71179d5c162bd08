import { ReconcileError, type ReconcileErrorOptions } from '../model/errors.ts';
import type { PolicySet } from '../model/policy.ts';

/** One policy file: its path as shown in messages, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** All policy files of one state of their place. */
export interface Snapshot {
  readonly files: readonly SourceFile[];
  readonly revision: PolicySet['revision'];
  /** When the commit was made, as it says itself; null: it is none. */
  readonly committedAt: Date | null;
}

/** Where policy files come from. Hides whether that is a folder or a repository. */
export interface PolicyOrigin {
  /** What messages call it; the paths of its files begin with it. */
  readonly shownAs: string;
  /** Reads all files, from one state. Throws SourceError, and POLICY_INVALID for a file that is no text. */
  read(): Promise<Snapshot>;
  /** Calls whenever the files may be others, until the function it returns is called. */
  watch(onChange: () => Promise<void>): () => void;
  /** Gives up what is under way and removes what was kept. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Why there is no set: nothing to read, or nothing that can be read. */
export type SourceFailure = 'empty' | 'fetch_error';

/** A source that cannot be read, or holds nothing: never a reason to let the last good set go. */
export class SourceError extends ReconcileError {
  readonly reason: SourceFailure;

  constructor(reason: SourceFailure, message: string, options: ReconcileErrorOptions = {}) {
    super(reason === 'empty' ? 'POLICY_INVALID' : 'POLICY_UNREACHABLE', message, options);
    this.reason = reason;
  }
}
