import { globMatcher } from '../model/glob.ts';
import type { ImageTagPolicy } from '../model/policy.ts';
import {
  type Complaint,
  lacking,
  type NamedAccount,
  refusedNames,
  type Written,
} from './complaint.ts';
import { parseTemplate, templateIsLiteral } from './template.ts';

/** What is wrong with the rules of an image-tag policy, given the accounts of its kind. */
export function checkImagePolicy(
  policy: ImageTagPolicy,
  accounts: readonly NamedAccount[],
): readonly Complaint[] {
  const { copies, channels, retain } = policy;
  const copying = [
    ...copies.map((_rule, index) => `copies[${index}]`),
    ...channels.map((_rule, index) => `channels[${index}]`),
  ];
  const deleting = retain.flatMap(({ action }, index) =>
    action === 'delete' ? [`retain[${index}]`] : [],
  );
  return [
    ...checkProtected(policy),
    ...refusedNames([...sourcesOf(policy), ...writtenBy(policy)], accounts),
    ...lacking(copying, 'copy', accounts),
    ...lacking(deleting, 'delete', accounts),
  ];
}

function sourcesOf({ copies }: ImageTagPolicy): readonly Written[] {
  return copies.map(({ from }, index) => ({ rule: `copies[${index}]`, text: from }));
}

/** Names the rules write that are known before a listing: templates are not. */
function writtenBy({ copies, channels }: ImageTagPolicy): readonly Written[] {
  const moving = channels.flatMap(({ tag, backup }, index) => {
    const literal = templateIsLiteral(parseTemplate(tag)) ? [tag] : [];
    const names = backup === null ? literal : [...literal, backup];
    return names.map((text) => ({ rule: `channels[${index}]`, text }));
  });
  return [...copies.map(({ to }, index) => ({ rule: `copies[${index}]`, text: to })), ...moving];
}

function checkProtected(policy: ImageTagPolicy): readonly Complaint[] {
  const isProtected = globMatcher(policy.protect);
  return writtenBy(policy)
    .filter(({ text }) => isProtected(text))
    .map(({ rule, text }) => {
      const message = `Tag "${text}" is protected by this policy, so the rule can never write it`;
      const expected = 'a tag that protect does not cover';
      return { rule, problem: { code: 'protected', severity: 'warning', message, expected } };
    });
}
