interface IssueKind {
  /** What the code says of the file, in one line. */
  readonly means: string;
  /** What to do about it, in one line. */
  readonly remedy: string;
}

/** Every mistake a policy or configuration file can hold. Codes are stable; docs/errors.md is made from this table. */
export const ISSUES = {
  'account-in-path': {
    means: 'A repository glob begins with the name of an account, and a path has none',
    remedy: 'Write the path alone; the account stands beside it',
  },
  'bad-cron': {
    means: 'A cron expression cannot be read',
    remedy: 'Write five fields: minute hour day-of-month month day-of-week',
  },
  'bad-duration': {
    means: 'A duration cannot be read',
    remedy: 'Write a number and s, m, h or d, such as 90s, 15m, 36h or 30d',
  },
  'bad-glob': {
    means: 'A glob cannot be compiled',
    remedy: 'Close brackets and braces; write exclude instead of a leading "!"',
  },
  'bad-key': { means: 'A key of a mapping is blank', remedy: 'Give the key a visible character' },
  'bad-name': {
    means: 'A tag name or key is one that an account of the policy refuses',
    remedy: 'Shorten or respell it as the message says; the limit is that of the cloud',
  },
  'bad-pattern': {
    means: 'A regular expression cannot be compiled, or is too large',
    remedy: 'Use RE2 syntax: no look-around, no back-references, at most 500 characters',
  },
  'bad-range': {
    means: 'A version range cannot be read',
    remedy: 'Write npm range syntax, such as ">=1.0.0 <3" or "*"',
  },
  'bad-target': {
    means: 'A target is not written as account/path',
    remedy: 'Write the account, a slash and the repository path or image id',
  },
  'bad-template': {
    means: 'A template cannot be read, or names a fact or filter that does not exist in its place',
    remedy: 'Write {{ name }}, {{ name ?? "fallback" }} or {{ name | filter }}',
  },
  'bad-time': {
    means: 'A time cannot be read',
    remedy: 'Write a UTC date such as 2026-12-31, or a timestamp such as 2026-12-31T18:00:00Z',
  },
  'bad-time-zone': {
    means: 'A time zone is not known',
    remedy: 'Write an IANA name such as Asia/Shanghai or UTC; offsets know no daylight saving',
  },
  'bad-value': {
    means: 'A value is one that an account of the policy refuses, whatever a template renders to',
    remedy: 'Shorten or respell it as the message says; the limit is that of the cloud',
  },
  conflict: {
    means: 'Two policies want different values for one name on the same targets',
    remedy: 'Drop one of the rules, or narrow the targets until no target is in both',
  },
  contradiction: {
    means: 'Parts of one document exclude each other',
    remedy: 'Remove one of the parts the message names',
  },
  'dead-exemption': {
    means: 'An exemption is about targets that no policy of it selects',
    remedy: 'Correct the glob over account/path, or remove the exemption',
  },
  'dead-override': {
    means: 'PolicyDefaults lets policies override something, and the set has none of that name',
    remedy: 'Correct the glob over policy names, or remove it',
  },
  'dead-rule': {
    means: 'A rule can never have an effect, because another one always wins',
    remedy: 'Remove the rule, or narrow the one that wins',
  },
  'duplicate-anchor': {
    means: 'A YAML anchor is set twice',
    remedy: 'Give each anchor its own name',
  },
  'duplicate-defaults': {
    means: 'A set has more than one PolicyDefaults document',
    remedy: 'Merge them into one',
  },
  'duplicate-key': { means: 'A mapping sets a key twice', remedy: 'Keep one of the two' },
  'duplicate-name': {
    means: 'Two policies, tests, retain rules or tags of a test share a name',
    remedy: 'Rename one of them',
  },
  'duplicate-rule': {
    means: 'A rule repeats an earlier one under another name',
    remedy: 'Remove one of the two',
  },
  'exclusive-needs-sync': {
    means: 'The policy is exclusive, which deletes keys, and its mode allows no delete',
    remedy: 'Set mode: sync, or drop exclusive',
  },
  'expired-exemption': {
    means: 'The end date of an exemption has passed, so it no longer holds',
    remedy: 'Remove the exemption, or move its date and say why',
  },
  'forbidden-key': {
    means: 'A key would change the object that is read instead of describing it',
    remedy: 'Choose another key than "__proto__"',
  },
  'literal-secret': {
    means: 'A secret stands in the configuration file itself',
    remedy: 'Write "${ENV_NAME}" or { file: path }, and consider the old secret leaked',
  },
  'loose-limit': {
    means: 'A policy states a limit above the one of PolicyDefaults',
    remedy: 'Lower the limit, or let PolicyDefaults name the policy under overrides with limits',
  },
  'merge-key': {
    means: 'A YAML merge key ("<<") is used',
    remedy: 'Write the keys out, or use an alias as the whole value',
  },
  'missing-capability': {
    means: 'A rule needs an operation that an account cannot perform',
    remedy: 'Follow the remedy of the message, or take the account out of the targets',
  },
  'missing-key': {
    means: 'A mandatory key is absent',
    remedy: 'Add the key; the message says what it is for',
  },
  'mixed-syntax': {
    means: 'A glob looks like a regular expression, or a pattern like a glob',
    remedy:
      'Globs say * for any characters, patterns say .*; put brackets around a character that is meant: [.]*',
  },
  'never-matches': {
    means: 'A version range holds no version, so the rule never selects a tag',
    remedy: 'Correct the bounds; for prereleases of a channel set prerelease: true',
  },
  'never-settles': {
    means: 'A copy or promotion reads what a rule writes, so that it would go on for ever',
    remedy:
      'Copy from where the other rule takes it; for a moving tag use a channel and its backup',
  },
  'no-condition': {
    means: 'A selector or rule without a condition would mean everything',
    remedy: 'State the condition; name: "*" or pattern: ".*" means everything on purpose',
  },
  'no-policies': {
    means: 'The policy folder holds no policy',
    remedy: 'Check the path; an empty set never means "nothing to keep"',
  },
  'no-rule': {
    means: 'A section that should hold a rule is empty',
    remedy: 'Add one of the rules the message lists',
  },
  'not-yet': {
    means: 'The key is announced but not part of this version',
    remedy: 'Leave it out until a later version',
  },
  'override-refused': {
    means: 'A policy states its own timing, and PolicyDefaults does not let it',
    remedy: 'Drop interval or schedule, or add the policy under overrides of PolicyDefaults',
  },
  protected: {
    means: 'A rule writes a name that the same policy protects, so it can never run',
    remedy: 'Drop the rule, or narrow the globs of protect',
  },
  'risky-value': {
    means: 'Some rendering of a template is a value or name that an account refuses',
    remedy: 'Shorten the fallback or the number in truncate(…)',
  },
  'secret-missing': {
    means: 'The variable or file that holds a secret is absent',
    remedy: 'Set the variable or create the file, then run doctor',
  },
  'templated-backup': {
    means: 'Several tags of one channel would share a backup tag',
    remedy:
      'Repeat the parts of the name in backup, or drop it: versions that move at once would fight over it',
  },
  'too-many-tags': {
    means: 'The rules ask for more keys than a target may carry',
    remedy: 'Ask for fewer keys in ensure, default and copyFrom',
  },
  'too-small': { means: 'A duration is below the minimum', remedy: 'Raise it as the message says' },
  'unknown-account': {
    means:
      'A target or destination names an account that is not configured, or a test one that no policy names',
    remedy: 'Correct the name, or add the account to tagwarden.yaml',
  },
  'unknown-alias': {
    means: 'A YAML alias has no anchor before it',
    remedy: 'Set the anchor above the alias, in the same document',
  },
  'unknown-fact': {
    means: 'A test states a fact of the image that no policy can ask for',
    remedy: 'Correct the spelling; the message lists the facts',
  },
  'unknown-group': {
    means: 'A named group is asked for that the pattern does not have',
    remedy: 'Name the group in the pattern with (?<name>…)',
  },
  'unknown-key': {
    means: 'A key does not exist in its place',
    remedy: 'Correct the spelling; a key that is not understood is never ignored',
  },
  'unknown-kind': {
    means: 'The kind of a document does not exist',
    remedy: 'Write one of the kinds the message lists',
  },
  'unknown-policy': {
    means: 'A test names a policy that is not in the set',
    remedy: 'Correct the spelling, or add the policy',
  },
  'wrong-document': {
    means: 'The configuration file does not hold exactly one document',
    remedy: 'Keep one YAML mapping in the file',
  },
  'wrong-kind': {
    means: 'A policy targets an account of the other kind of tags',
    remedy: 'Use ResourceTagPolicy for VM images and ImageTagPolicy for registries',
  },
  'wrong-type': {
    means: 'A value has another type than the key needs',
    remedy: 'Write the type the message names; quote numbers that are meant as text',
  },
  'wrong-value': {
    means: 'A value is outside of what the key allows',
    remedy: 'Write one of the values, or a value within the bounds, of the message',
  },
  'yaml-bomb': {
    means: 'The file is larger or nested deeper than any policy needs',
    remedy: 'Split the file; write aliases out',
  },
  'yaml-syntax': {
    means: 'The file is not valid YAML',
    remedy: 'Correct the place the message points at; indent with spaces',
  },
  'yaml-tag': {
    means: 'A YAML tag ("!!…") is used',
    remedy: 'Write the plain value; quote it when it is meant as text',
  },
} as const satisfies Readonly<Record<string, IssueKind>>;

/** Stable name of a mistake: `unknown-key`. */
export type IssueCode = keyof typeof ISSUES;
