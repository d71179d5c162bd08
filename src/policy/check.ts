import type { Capabilities } from '../model/capabilities.ts';
import type { Policy, PolicySet } from '../model/policy.ts';
import type { TagKind } from '../model/tag.ts';
import { checkConflicts } from './check-conflicts.ts';
import { checkExemptions } from './check-exemptions.ts';
import { checkImagePolicy } from './check-image.ts';
import { checkMixups } from './check-mixups.ts';
import { checkPromotionCircles, checkPromotions } from './check-promote.ts';
import { checkResourcePolicy } from './check-resource.ts';
import { checkTests } from './check-tests.ts';
import {
  type Complaint,
  type NamedAccount,
  type Placeable,
  placeComplaint,
  positionOf,
} from './complaint.ts';
import { type PolicyFile, type PolicyIssue, renderIssue } from './issue.ts';
import type { ParsedPolicies } from './parse.ts';
import { createSource, type Source } from './source.ts';
import { suggest } from './suggest.ts';

/**
 * Checks a set against what the accounts can do, and its policies against each other: unknown accounts, missing
 * capabilities, provider limits, conflicts, copies that never settle, rules and exemptions without effect, mixed-up
 * syntax, and what its tests get wrong. Accounts null: not known, so that nothing is said about them. Give the files to have source lines in the
 * issues, and the time to have ended exemptions among them.
 */
export function checkPolicies(
  { policies, tests, warnings = [] }: Checked,
  accounts: Accounts,
  files: readonly PolicyFile[] = [],
  now: Date | null = null,
): readonly PolicyIssue[] {
  const texts = new Map(files.map((file) => [file.path, file]));
  const sources = new Map<string, Source>();
  const ofPolicies = [
    ...policies.flatMap((policy) =>
      checkPolicy(policy, accounts).map((complaint) => ({ policy, complaint })),
    ),
    ...checkConflicts(policies),
    ...checkExemptions(policies, now),
    ...checkPromotionCircles(policies),
  ];
  const complaints: { readonly owner: Placeable; readonly complaint: Complaint }[] = [
    ...ofPolicies.map(({ policy, complaint }) => ({ owner: policy, complaint })),
    ...checkTests(tests, policies).map(({ test, complaint }) => ({ owner: test, complaint })),
  ];
  for (const { owner, complaint } of complaints) {
    const { file } = positionOf(owner, complaint.rule);
    const text = texts.get(file);
    // Only the files that are quoted are cut into lines.
    if (text !== undefined && !sources.has(file)) sources.set(file, createSource(text));
  }
  const issues = complaints.map(({ owner, complaint }) =>
    placeComplaint(owner, complaint, sources),
  );
  // What PolicyDefaults adds stands in every policy, and is said once.
  return [
    ...new Map([...warnings, ...issues].map((issue) => [renderIssue(issue), issue])).values(),
  ];
}

/** A set, and what was seen of its PolicyDefaults while it was read. */
type Checked = PolicySet & Partial<Pick<ParsedPolicies, 'warnings'>>;

/** What each configured account can do; null: not known. */
type Accounts = ReadonlyMap<string, Capabilities> | null;

function checkPolicy(policy: Policy, accounts: Accounts): readonly Complaint[] {
  const targets =
    accounts === null
      ? []
      : policy.targets.flatMap(({ account }, index) =>
          checkTarget(policy, { account, index }, accounts),
        );
  const fitting = [...new Set(policy.targets.map(({ account }) => account))].flatMap(
    (account): NamedAccount[] => {
      const capabilities = accounts?.get(account);
      return capabilities?.kind === kindOf(policy) ? [{ account, capabilities }] : [];
    },
  );
  const rules =
    policy.kind === 'ResourceTagPolicy'
      ? checkResourcePolicy(policy, fitting)
      : [...checkImagePolicy(policy, fitting), ...checkPromotions(policy, accounts)];
  return [...targets, ...rules, ...checkMixups(policy, [...(accounts?.keys() ?? [])])];
}

function kindOf({ kind }: Policy): TagKind {
  return kind === 'ResourceTagPolicy' ? 'resource' : 'image';
}

const WORDS = { resource: 'key-value tags of VM images', image: 'tags of repositories' } as const;

interface NamedTarget {
  readonly account: string;
  readonly index: number;
}

function checkTarget(
  policy: Policy,
  { account, index }: NamedTarget,
  accounts: ReadonlyMap<string, Capabilities>,
): readonly Complaint[] {
  const rule = `targets[${index}]`;
  const capabilities = accounts.get(account);
  if (capabilities === undefined) return [unknownAccount(account, rule, [...accounts.keys()])];
  if (capabilities.kind === kindOf(policy)) return [];
  const message = `${policy.kind} cannot be used on account "${account}", which has ${WORDS[capabilities.kind]}`;
  const expected = `an account with ${WORDS[kindOf(policy)]}${remedy(policy, capabilities)}`;
  return [{ rule, problem: { code: 'wrong-kind', message, expected } }];
}

/** What the provider itself says about the missing operation, when the policy needs it. */
function remedy(policy: Policy, { missing }: Capabilities): string {
  const text = policy.kind === 'ImageTagPolicy' ? missing.copy : missing.add;
  return text === undefined ? '' : `; ${text}`;
}

function unknownAccount(account: string, rule: string, known: readonly string[]): Complaint {
  const message = `Account "${account}" is not configured`;
  const expected =
    known.length === 0 ? 'an account of tagwarden.yaml' : `one of ${known.join(', ')}`;
  const suggestion = suggest(account, known);
  return { rule, problem: { code: 'unknown-account', message, expected, suggestion } };
}
