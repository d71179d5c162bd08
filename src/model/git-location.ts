import type { Secret } from './secret.ts';

/** How a git server is told who asks. */
export type GitAuth =
  | { readonly type: 'none' }
  | {
      readonly type: 'token';
      readonly username: string;
      readonly token: Secret;
      /** The token as it is now, where it stands in a file that may be renewed; absent: it stays what it is. */
      readonly readToken?: () => Secret;
    }
  | { readonly type: 'ssh-key'; readonly keyFile: string; readonly knownHostsFile: string };

/** Policies in a git repository: one ref of one remote, and a folder below its root. */
export interface GitLocation {
  /** `https://`, `ssh://`, or `http://` of this machine; never holds a credential. */
  readonly url: string;
  /** Branch or tag, or a full name below `refs/`. */
  readonly ref: string;
  /** Folder of the policies, `/` between its parts; `''`: the root. */
  readonly path: string;
  /** How often the remote is asked. */
  readonly intervalMs: number;
  /** Longest time for one command. */
  readonly timeoutMs: number;
  readonly auth: GitAuth;
  /** Extra certificate authority, a PEM file. */
  readonly caFile: string | null;
  /** Folder in which the fetched objects are kept; null: the system's folder for temporary files. */
  readonly cacheFolder: string | null;
}
