import { globMatcher } from '../model/glob.ts';
import type { ImageTagPolicy } from '../model/policy.ts';
import { checkRetain } from './check-retain.ts';
import { checkSettling } from './check-settling.ts';
import {
  type Complaint,
  lacking,
  type NamedAccount,
  refusedNames,
  type Written,
} from './complaint.ts';
import { rangeHoldsAny } from './range.ts';
import { VERSION_REFERENCES } from './semver.ts';
import { parseTemplate, renderTemplate, templateIsLiteral } from './template.ts';

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
    ...checkRanges(policy),
    ...checkRetain(policy),
    ...checkSettling(policy),
    ...refusedNames([...sourcesOf(policy), ...writtenBy(policy).map(shortest)], accounts),
    ...lacking(copying, 'copy', accounts),
    ...lacking(deleting, 'delete', accounts),
  ];
}

function sourcesOf({ copies }: ImageTagPolicy): readonly Written[] {
  return copies.map(({ from }, index) => ({ rule: `copies[${index}]`, text: from }));
}

/** Names the rules write, as templates. */
function writtenBy({ copies, channels }: ImageTagPolicy): readonly Written[] {
  const moving = channels.flatMap(({ tag, backup }, index) => {
    const names = backup === null ? [tag] : [tag, backup];
    return names.map((text) => ({ rule: `channels[${index}]`, text }));
  });
  return [...copies.map(({ to }, index) => ({ rule: `copies[${index}]`, text: to })), ...moving];
}

/** The shortest name a template renders to: it is refused only when all are. */
function shortest({ rule, text }: Written): Written {
  return { rule, text: renderTemplate(parseTemplate(text), FIRST) };
}

const FIRST = Object.fromEntries(VERSION_REFERENCES.map((part) => [part, '0']));

/** Channels and promotions whose range no version lies in. */
function checkRanges({ channels, promote }: ImageTagPolicy): readonly Complaint[] {
  const choosing = [
    ...channels.map(({ tag, select }, index) => {
      return { rule: `channels[${index}]`, what: `Channel "${tag}" never moves`, select };
    }),
    ...promote.map(({ select }, index) => {
      return { rule: `promote[${index}]`, what: 'Nothing is ever promoted', select };
    }),
  ];
  return choosing.flatMap(({ rule, what, select }) => {
    if (select.by !== 'semver' || rangeHoldsAny(select)) return [];
    const message = `${what}: no version lies in "${select.range}"`;
    const released = !select.prerelease && rangeHoldsAny({ ...select, prerelease: true });
    const expected = released ? 'prerelease: true, as only prereleases do' : BOUNDS;
    const problem = { code: 'never-matches', message, expected } as const;
    return [{ rule, problem }];
  });
}

const BOUNDS = 'bounds with a version between them';

function checkProtected(policy: ImageTagPolicy): readonly Complaint[] {
  return writtenBy(policy)
    .filter(
      ({ text }) => templateIsLiteral(parseTemplate(text)) && globMatcher(policy.protect)(text),
    )
    .map(({ rule, text }) => {
      const message = `Tag "${text}" is protected by this policy, so the rule can never write it`;
      const expected = 'a tag that protect does not cover';
      return { rule, problem: { code: 'protected', severity: 'warning', message, expected } };
    });
}
