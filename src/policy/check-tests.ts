import { IMAGE_ATTRIBUTES } from '../model/attributes.ts';
import type { Policy } from '../model/policy.ts';
import type { PolicyTest } from '../model/policy-test.ts';
import type { Complaint } from './complaint.ts';
import { suggest } from './suggest.ts';

/** A complaint and the test it is about. */
export interface TestComplaint {
  readonly test: PolicyTest;
  readonly complaint: Complaint;
}

/** What tests get wrong silently: names listed twice, facts no cloud states, accounts no policy has. */
export function checkTests(
  tests: readonly PolicyTest[],
  policies: readonly Policy[],
): readonly TestComplaint[] {
  const accounts = new Set(
    policies.flatMap(({ targets }) => targets.map(({ account }) => account)),
  );
  return tests.flatMap((test) =>
    [...foreignAccount(test, accounts), ...repeatedNames(test), ...unknownFacts(test)].map(
      (complaint) => ({ test, complaint }),
    ),
  );
}

function foreignAccount(
  { target, policies }: PolicyTest,
  accounts: ReadonlySet<string>,
): readonly Complaint[] {
  const { account, path } = target;
  // The empty list says that none may select it.
  if (accounts.has(account) || policies?.length === 0) return [];
  const near = suggest(account, accounts);
  const [only] = accounts;
  const suggestion =
    near === null && accounts.size === 1 ? `${only}/${account}/${path}` : near && `${near}/${path}`;
  const message = `No policy has targets of account "${account}"`;
  const expected = `account/path, the account one of ${[...accounts].join(', ')}`;
  const problem = {
    code: 'unknown-account',
    severity: 'warning',
    message,
    expected,
    suggestion,
  } as const;
  return [{ rule: 'target', problem }];
}

function repeatedNames({ listing }: PolicyTest): readonly Complaint[] {
  const seen = new Set<string>();
  return listing.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const message = `"${name}" is listed twice; the last one counts`;
    const expected = 'each name once';
    const problem = { code: 'duplicate-name', severity: 'warning', message, expected } as const;
    return [{ rule: `listing[${index}]`, problem }];
  });
}

const KNOWN = Object.keys(IMAGE_ATTRIBUTES);

function unknownFacts({ attributes }: PolicyTest): readonly Complaint[] {
  return Object.keys(attributes)
    .filter((name) => !KNOWN.includes(name))
    .map((name) => {
      const message = `"${name}" is no fact of an image, so nothing reads it`;
      const expected = `one of ${KNOWN.join(', ')}`;
      const suggestion = suggest(name, KNOWN);
      const problem = {
        code: 'unknown-fact',
        severity: 'warning',
        message,
        expected,
        suggestion,
      } as const;
      return { rule: `attributes.${name}`, problem };
    });
}
