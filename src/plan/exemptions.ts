import type { Finding, Operation } from '../model/plan.ts';
import type { Exemption, Policy } from '../model/policy.ts';
import { type Target, targetKey } from '../model/target.ts';
import { matcherOf } from './matchers.ts';
import type { Wish } from './wish.ts';

/** The exemptions that hold at a target now. */
export interface Exemptions {
  /** True for a name that an exemption takes out of the policy's rules. */
  readonly covers: (policy: string, name: string) => boolean;
  /** What the policies still want; an exempt name may be held, but nothing happens to it. */
  spare(wishes: readonly Wish[]): readonly Wish[];
  /** One for each exemption that holds. */
  readonly findings: readonly Finding[];
  /** Why a name is out of the rules of which policies, with end and reason. */
  reasonsFor(name: string): readonly string[];
  /** A warning wherever a policy changes a name that another one's exemption covers. */
  crossedBy(operations: readonly Operation[]): readonly Finding[];
}

/** A long list of names tells no more than a few of them and a count. */
const MOST_NAMES = 5;

interface Active {
  readonly policy: string;
  readonly index: number;
  readonly exemption: Exemption;
  readonly matches: (name: string) => boolean;
}

/** Finds the exemptions for a target; one whose day has come does nothing. */
export function exemptionsFor(policies: readonly Policy[], target: Target, now: Date): Exemptions {
  const active = policies.flatMap((policy) => activeIn(policy, target, now));
  return active.length === 0 ? NONE : exemptionsOf(active);
}

function exemptionsOf(active: readonly Active[]): Exemptions {
  const covers = (policy: string, name: string): boolean =>
    active.some((one) => one.policy === policy && one.matches(name));
  return {
    covers,
    spare: (wishes) =>
      active.length === 0 ? wishes : wishes.filter((one) => !isSpared(one, covers)),
    findings: active.map(findingOf),
    reasonsFor: (name) => active.filter(({ matches }) => matches(name)).map(reasonOf),
    crossedBy: (operations) => active.flatMap((one) => crossings(one, operations)),
  };
}

/** Nearly every target has none, and they all say the same. */
const NONE = exemptionsOf([]);

function reasonOf({ policy, exemption }: Active): string {
  return `exempt from policy "${policy}" ${renderTerms(exemption)}`;
}

function renderTerms({ until, reason }: Exemption): string {
  return `until ${until.toISOString()}: ${reason}`;
}

/** One for each rule of another policy, however many names it changes. */
function crossings(active: Active, operations: readonly Operation[]): Finding[] {
  const { policy, exemption, matches } = active;
  const crossing = operations.filter((one) => one.policy !== policy && matches(one.tag));
  const byRule = Map.groupBy(crossing, ({ policy: other, rule }) => JSON.stringify([other, rule]));
  return [...byRule.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => {
      const names = group.slice(0, MOST_NAMES).map(({ tag }) => `"${tag}"`);
      const more = group.length > MOST_NAMES ? ` and ${group.length - MOST_NAMES} more` : '';
      const what = `Policy "${first.policy}" changes ${names.join(', ')}${more}`;
      const message = `${what}, exempt in policy "${policy}" ${renderTerms(exemption)}; an exemption in PolicyDefaults would hold for both`;
      return { severity: 'warning', policy: first.policy, rule: first.rule, message };
    }),
  );
}

function activeIn({ name, exemptions }: Policy, target: Target, now: Date): Active[] {
  return exemptions.flatMap((exemption, index) => {
    const holds =
      exemption.until.getTime() > now.getTime() &&
      matcherOf(exemption, [exemption.target])(targetKey(target));
    const matches =
      exemption.tags.length === 0 ? () => true : matcherOf(exemption.tags, exemption.tags);
    return holds ? [{ policy: name, index, exemption, matches }] : [];
  });
}

/** What waits for an exempt name, such as the backup of a channel, waits with it. */
function isSpared({ origin, tag, want, needs }: Wish, covers: Exemptions['covers']): boolean {
  if (want.type === 'hold') return false;
  return [tag, ...needs.map((need) => need.tag)].some((name) => covers(origin.policy, name));
}

function findingOf({ policy, index, exemption }: Active): Finding {
  const { tags } = exemption;
  const names = tags.length === 0 ? 'Every name' : tags.map((glob) => `"${glob}"`).join(', ');
  const verb = tags.length > 1 ? 'are' : 'is';
  return {
    severity: 'info',
    policy,
    rule: `exemptions[${index}]`,
    message: `${names} ${verb} exempt ${renderTerms(exemption)}`,
  };
}
