import type { Capabilities } from '../model/capabilities.ts';
import { checkPolicies } from '../policy/check.ts';
import { PolicyErrors, type PolicyFile, type PolicyIssue } from '../policy/issue.ts';
import { parsePolicies } from '../policy/parse.ts';
import type { PolicyOrigin } from '../sources/origin.ts';
import type { LoadedSet } from '../sources/policy-source.ts';

/** A set that passed every check, with what it was read from. */
export interface Loaded {
  readonly set: LoadedSet;
  readonly files: readonly PolicyFile[];
  readonly warnings: readonly PolicyIssue[];
}

/** The whole set, checked against the accounts; throws PolicyErrors with everything wrong in any file. */
export async function loadPolicySet(
  origin: Pick<PolicyOrigin, 'read' | 'shownAs'>,
  capabilities: ReadonlyMap<string, Capabilities>,
): Promise<Loaded> {
  const { files, revision, committedAt } = await origin.read();
  const parsed = parsePolicies(files, origin.shownAs);
  // Where a folder is mounted is no part of what it says: processes on other machines compare revisions.
  const set = { ...parsed, revision, committedAt };
  const issues = checkPolicies(set, capabilities, files, new Date());
  const errors = issues.filter((issue) => issue.severity === 'error');
  if (errors.length > 0) throw new PolicyErrors(errors);
  return { set, files, warnings: issues };
}
