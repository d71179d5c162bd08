import type { Finding } from '../model/plan.ts';
import type { CopyRule, ImageTagPolicy } from '../model/policy.ts';
import type { VisibleTags } from './visible-tags.ts';
import {
  findingAt,
  HOLD,
  type Origin,
  originOf,
  RANK,
  type Wish,
  type Wishes,
  wish,
} from './wish.ts';

/** What the copies of a policy want. Every source is read as it is now, so a list of copies is one assignment. */
export function copyWishes(policy: ImageTagPolicy, tags: VisibleTags): Wishes {
  const parts = policy.copies.map((rule, index) => {
    const origin = originOf(policy, `copies[${index}]`, `copy of "${rule.from}"`);
    const held = [rule.from, rule.to].map((tag) => wish(origin, tag, RANK.assert, HOLD));
    const { wishes, findings } = copyWish(rule, origin, tags);
    return { wishes: [...held, ...wishes], findings };
  });
  return {
    wishes: parts.flatMap(({ wishes }) => wishes),
    findings: parts.flatMap(({ findings }) => findings),
  };
}

function copyWish({ from, to, override }: CopyRule, origin: Origin, tags: VisibleTags): Wishes {
  const source = tags.find(from);
  const target = tags.find(to);
  if (source === null)
    return only(origin, `Cannot copy "${from}" to "${to}": there is no "${from}"`);
  const value = source.value;
  if (value === null || target?.value === null) {
    const unknown = value === null ? from : to;
    return only(
      origin,
      `Cannot copy "${from}" to "${to}": the digest of "${unknown}" is not known`,
    );
  }
  if (target !== null && target.value !== value && !override) {
    return only(
      origin,
      `Cannot copy "${from}" to "${to}": "${to}" has other content and override is false`,
    );
  }
  const bind: Wish = wish(origin, to, RANK.assert, { type: 'bind', value, from });
  return { wishes: [bind], findings: [] };
}

function only(origin: Origin, message: string): Wishes {
  const finding: Finding = findingAt(origin, 'warning', message);
  return { wishes: [], findings: [finding] };
}
