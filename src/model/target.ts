/** One place whose tags we manage: a repository, or one VM image. */
export interface Target {
  readonly account: string;
  /** Repository path (`shop/web`) or image id. */
  readonly path: string;
}

/** Facts about a target that selectors and templates may use, such as `name` or `osType`. */
export type Attributes = Readonly<Record<string, string>>;

/** A target met on discovery, with its facts. */
export interface Discovered {
  readonly target: Target;
  readonly attributes: Attributes;
}

/** `account/path`, the key used in logs, jobs and on the command line. */
export function targetKey(target: Target): string {
  return `${target.account}/${target.path}`;
}
