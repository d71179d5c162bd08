import { globMatcher } from '../model/glob.ts';
import type { ResourceTagPolicy } from '../model/policy.ts';
import { refusedRenderings, refusedValues } from './check-renderings.ts';
import {
  type Complaint,
  lacking,
  type NamedAccount,
  refusedNames,
  type Written,
} from './complaint.ts';

/** What is wrong with the rules of a resource policy, given the accounts of its kind. */
export function checkResourcePolicy(
  policy: ResourceTagPolicy,
  accounts: readonly NamedAccount[],
): readonly Complaint[] {
  return [
    ...checkExclusive(policy),
    ...checkProtected(policy),
    ...checkDefaults(policy),
    ...refusedNames(namesOf(policy), accounts),
    ...refusedRenderings(valuesOf(policy), accounts),
    ...refusedValues(mappedOf(policy), accounts),
    ...checkCount(policy, accounts),
    ...lacking(addingRules(policy), 'add', accounts),
    ...lacking(deletingRules(policy), 'delete', accounts),
  ];
}

function checkExclusive({ exclusive, mode }: ResourceTagPolicy): readonly Complaint[] {
  if (!exclusive || mode === 'sync') return [];
  const message = `exclusive deletes keys, which mode ${mode} does not allow`;
  const problem = { code: 'exclusive-needs-sync', message, expected: 'mode: sync' } as const;
  return [{ rule: 'exclusive', problem }];
}

function keyed(section: string, rules: Readonly<Record<string, unknown>>): readonly Written[] {
  return Object.keys(rules).map((key) => ({ rule: `tags.${section}.${key}`, text: key }));
}

function namesOf(policy: ResourceTagPolicy): readonly Written[] {
  const { tags } = policy;
  return [
    ...keyed('ensure', tags.ensure),
    ...keyed('default', tags.default),
    ...tags.rename.map(({ to }, index) => ({ rule: `tags.rename[${index}]`, text: to })),
    ...copiedOf(policy),
    ...keyed('require', tags.require),
  ];
}

/** Values the rules write; those of a map are no templates, and braces in them are text. */
function valuesOf({ tags }: ResourceTagPolicy): readonly Written[] {
  const values = (section: string, rules: Readonly<Record<string, string>>): Written[] =>
    Object.entries(rules).map(([key, text]) => ({ rule: `tags.${section}.${key}`, text }));
  return [...values('ensure', tags.ensure), ...values('default', tags.default)];
}

function mappedOf({ tags }: ResourceTagPolicy): readonly Written[] {
  return tags.normalize.flatMap(({ map }, index) =>
    Object.values(map).map((text) => ({ rule: `tags.normalize[${index}]`, text })),
  );
}

function copiedOf({ tags }: ResourceTagPolicy): readonly Written[] {
  return tags.copyFrom.flatMap(({ keys }, index) =>
    keys.map((text) => ({ rule: `tags.copyFrom[${index}]`, text })),
  );
}

function checkProtected(policy: ResourceTagPolicy): readonly Complaint[] {
  const { tags, protect } = policy;
  const renamed = tags.rename.flatMap(({ from, to }, index) =>
    [from, to].map((text) => ({ rule: `tags.rename[${index}]`, text })),
  );
  const normalized = tags.normalize.map(({ key }, index) => ({
    rule: `tags.normalize[${index}]`,
    text: key,
  }));
  const written = [...keyed('ensure', tags.ensure), ...keyed('default', tags.default)];
  return [...written, ...renamed, ...normalized, ...copiedOf(policy)]
    .filter(({ text }) => globMatcher(protect)(text))
    .map(({ rule, text }) => {
      const message = `Key "${text}" is protected by this policy, so the rule can never write it`;
      const expected = 'a key that protect does not cover';
      return { rule, problem: { code: 'protected', message, expected } };
    });
}

/** A key that ensure sets is never absent, so its default never speaks. */
function checkDefaults({ tags }: ResourceTagPolicy): readonly Complaint[] {
  return Object.keys(tags.default)
    .filter((key) => Object.hasOwn(tags.ensure, key))
    .map((key) => {
      const message = `The default of "${key}" has no effect: ensure sets the key`;
      const expected = 'the key in ensure or in default';
      const problem = { code: 'dead-rule', severity: 'warning', message, expected } as const;
      return { rule: `tags.default.${key}`, problem };
    });
}

/** Ensured and defaulted keys all stand at the end, so together they must fit. */
function checkCount(
  { tags }: ResourceTagPolicy,
  accounts: readonly NamedAccount[],
): readonly Complaint[] {
  const keys = new Set([...Object.keys(tags.ensure), ...Object.keys(tags.default)]);
  return accounts.flatMap(({ account, capabilities: { maxTags } }) => {
    if (maxTags === null || keys.size <= maxTags) return [];
    const message = `ensure and default ask for ${keys.size} keys`;
    const expected = `at most ${maxTags} tags at a target of account "${account}"`;
    return [{ rule: 'tags.ensure', problem: { code: 'too-many-tags', message, expected } }];
  });
}

function addingRules({ tags }: ResourceTagPolicy): readonly string[] {
  const { rename, normalize, copyFrom } = tags;
  return [
    ...keyed('ensure', tags.ensure).map(({ rule }) => rule),
    ...keyed('default', tags.default).map(({ rule }) => rule),
    ...rename.map((_rule, index) => `tags.rename[${index}]`),
    ...normalize.map((_rule, index) => `tags.normalize[${index}]`),
    ...copyFrom.map((_rule, index) => `tags.copyFrom[${index}]`),
  ];
}

function deletingRules({ tags, exclusive }: ResourceTagPolicy): readonly string[] {
  const removing = tags.remove.map((_rule, index) => `tags.remove[${index}]`);
  const renaming = tags.rename.map((_rule, index) => `tags.rename[${index}]`);
  return [...removing, ...renaming, ...(exclusive ? ['exclusive'] : [])];
}
