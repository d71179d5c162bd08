import type { ImageTagPolicy, Policy, ResourceTagPolicy } from '../model/policy.ts';
import type { Complaint } from './complaint.ts';
import { globInstead, patternInstead } from './mixups.ts';

interface Stated {
  readonly rule: string;
  readonly text: string;
}

/** Texts that mean something, but hardly what was meant: regular expressions as globs, globs as patterns, accounts in paths. */
export function checkMixups(policy: Policy, accounts: readonly string[]): readonly Complaint[] {
  const own =
    policy.kind === 'ImageTagPolicy'
      ? checkRepositories(policy, accounts)
      : globsOf(policy).flatMap((one) => regexAsGlob(one, false));
  return [
    ...own,
    ...sharedGlobs(policy).flatMap((one) => regexAsGlob(one, false)),
    ...exemptTargets(policy).flatMap((one) => regexAsGlob(one, true)),
    ...patternsOf(policy).flatMap(globAsPattern),
  ];
}

function globsOf({ targets, tags }: ResourceTagPolicy): readonly Stated[] {
  return [
    ...targets.flatMap(({ name }, index) =>
      name === null ? [] : [{ rule: `targets[${index}].images.name`, text: name }],
    ),
    ...tags.remove.flatMap((rule, index) =>
      rule.by === 'glob' ? [{ rule: `tags.remove[${index}]`, text: rule.glob }] : [],
    ),
  ];
}

/** What PolicyDefaults adds stands in no place of the policy, and is said at its head. */
function sharedGlobs({ protect, exemptions }: Policy): readonly Stated[] {
  return [
    ...protect.map((text, index) => ({ rule: `protect[${index}]`, text })),
    ...exemptions.flatMap(({ tags }, index) =>
      tags.map((text) => ({ rule: `exemptions[${index}].tags`, text })),
    ),
  ];
}

function exemptTargets({ exemptions }: Policy): readonly Stated[] {
  return exemptions.map(({ target }, index) => ({
    rule: `exemptions[${index}].target`,
    text: target,
  }));
}

function patternsOf(policy: Policy): readonly Stated[] {
  if (policy.kind === 'ResourceTagPolicy') {
    return Object.entries(policy.tags.require).flatMap(([key, { pattern }]) =>
      pattern === null ? [] : [{ rule: `tags.require.${key}`, text: pattern }],
    );
  }
  const { channels, promote } = policy;
  const filters = Object.entries({ channels, promote }).flatMap(([section, rules]) =>
    rules.flatMap(({ filter }, index) =>
      filter === null ? [] : [{ rule: `${section}[${index}].filter`, text: filter.pattern }],
    ),
  );
  const retained = policy.retain.flatMap(({ pattern, groupBy }, index) =>
    Object.entries({ pattern, groupBy }).flatMap(([field, text]) =>
      text === null ? [] : [{ rule: `retain[${index}].${field}`, text }],
    ),
  );
  return [...filters, ...retained];
}

function checkRepositories(
  { targets }: ImageTagPolicy,
  accounts: readonly string[],
): readonly Complaint[] {
  return targets.flatMap(({ account, repositories, exclude }, index) =>
    Object.entries({ repositories, exclude }).flatMap(([field, globs]) =>
      globs.flatMap((text, place): readonly Complaint[] => {
        const one = { rule: `targets[${index}].${field}[${place}]`, text };
        const known = new Set([account, ...accounts]);
        return [...regexAsGlob(one, true), ...accountInPath(one, known)];
      }),
    ),
  );
}

function accountInPath(
  { rule, text }: Stated,
  accounts: ReadonlySet<string>,
): readonly Complaint[] {
  const account = [...accounts].find((name) => text.startsWith(`${name}/`));
  if (account === undefined) return [];
  const message = `"${text}" begins with the account "${account}", which is no part of a repository path`;
  const suggestion = text.slice(account.length + 1);
  const expected = 'a glob over the path alone';
  const problem = {
    code: 'account-in-path',
    severity: 'warning',
    message,
    expected,
    ...(suggestion === '' ? {} : { suggestion }),
  } as const;
  return [{ rule, problem }];
}

function regexAsGlob({ rule, text }: Stated, segments: boolean): readonly Complaint[] {
  const suggestion = globInstead(text, segments);
  if (suggestion === false) return [];
  const message = `"${text}" is read as a glob, and looks like a regular expression`;
  const expected = 'a glob, where * stands for any characters and . for itself';
  return [{ rule, problem: mixed(message, expected, suggestion) }];
}

function globAsPattern({ rule, text }: Stated): readonly Complaint[] {
  const suggestion = patternInstead(text);
  if (suggestion === null) return [];
  const message = `"${text}" is read as a regular expression, and looks like a glob`;
  const expected = 'a regular expression, where .* stands for any characters and * repeats';
  return [{ rule, problem: mixed(message, expected, suggestion) }];
}

function mixed(message: string, expected: string, suggestion: string | null): Complaint['problem'] {
  return { code: 'mixed-syntax', severity: 'warning', message, expected, suggestion };
}
