import { memoizeFor } from '../model/memo.ts';
import type { Finding } from '../model/plan.ts';
import type { ResourceTagPolicy } from '../model/policy.ts';
import { type Current, textAt } from './listed-tags.ts';
import type { Normalizers } from './normalize.ts';
import {
  ABSENT,
  BLOCK,
  findingAt,
  HOLD,
  type Origin,
  originOf,
  RANK,
  renderOrigin,
  type Wish,
  type Wishes,
  wish,
} from './wish.ts';

export interface RenameInput {
  readonly policies: readonly ResourceTagPolicy[];
  readonly current: Current;
  readonly isProtected: (name: string) => boolean;
  readonly normalizers: Normalizers;
  readonly isExempt: (policy: string, key: string) => boolean;
  /** Keys another image decides, whatever they hold here. */
  readonly overwritten: ReadonlySet<string>;
}

interface Rename extends Origin {
  readonly from: string;
  readonly to: string;
}

/**
 * What the rename rules want: the value at the new key, then the old key gone. A chain (`a` to `b`, `b` to `c`)
 * goes to its end at once, so that a second pass finds nothing to do.
 */
export function renameWishes(input: RenameInput): Wishes {
  const renames = input.policies
    .flatMap(renamesOf)
    .filter(({ policy, from, to }) => ![from, to].some((key) => input.isExempt(policy, key)));
  const bySource = Map.groupBy(renames, ({ from }) => from);
  const parts = [...bySource].flatMap(([from, rivals]): Wishes[] => {
    const value = textAt(input.current, from);
    return value === null ? [] : [renameKey(rivals, { ...input, from, value, bySource })];
  });
  const ends = renames.flatMap((rename) => {
    const to = chainEnd(rename, bySource);
    return to === null ? [] : [wish(rename, to, RANK.adjust, HOLD)];
  });
  return {
    wishes: [...ends, ...parts.flatMap(({ wishes }) => wishes)],
    findings: parts.flatMap(({ findings }) => findings),
  };
}

const renamesOf = memoizeFor((policy: ResourceTagPolicy): readonly Rename[] =>
  policy.tags.rename.map(({ from, to }, index) => ({
    ...originOf(policy, `tags.rename[${index}]`, `renamed from "${from}"`),
    from,
    to,
  })),
);

interface KeyInput extends RenameInput {
  readonly from: string;
  readonly value: string;
  readonly bySource: ReadonlyMap<string, readonly Rename[]>;
}

/** `rivals`: all rules for one key that is there. */
function renameKey(rivals: readonly Rename[], input: KeyInput): Wishes {
  const moves = rivals.flatMap((rename) => {
    const to = chainEnd(rename, input.bySource);
    return to === null ? [] : [{ ...rename, to }];
  });
  const problem = problemOf(rivals, moves, input);
  const parts = moves.map((rename) => moveWishes(rename, input));
  if (problem === null) {
    return {
      wishes: parts.flatMap(({ wishes }) => wishes),
      findings: parts.slice(0, 1).flatMap(({ findings }) => findings),
    };
  }
  const message = `Cannot rename "${input.from}": ${problem.reason}`;
  return {
    wishes: rivals.map((rename) => wish(rename, rename.from, RANK.adjust, BLOCK)),
    findings: rivals.slice(0, 1).map((rename) => findingAt(rename, problem.severity, message)),
  };
}

/** Where a chain of renames ends; null: it turns in a circle. */
function chainEnd(start: Rename, bySource: ReadonlyMap<string, readonly Rename[]>): string | null {
  const seen = new Set([start.from]);
  let to = start.to;
  for (let next = bySource.get(to)?.[0]; next !== undefined; next = bySource.get(to)?.[0]) {
    if (seen.has(to)) return null;
    seen.add(to);
    to = next.to;
  }
  return to;
}

interface Problem {
  readonly severity: Finding['severity'];
  readonly reason: string;
}

/** Why the key cannot be renamed; `moves` lacks the rules that turn in a circle. */
function problemOf(
  rivals: readonly Rename[],
  moves: readonly Rename[],
  { from, policies, isProtected }: KeyInput,
): Problem | null {
  const rules = rivals.map(renderOrigin).join(' and ');
  if (moves.length < rivals.length) {
    return { severity: 'error', reason: `${rules} turns in a circle, one final key was wanted` };
  }
  if (new Set(moves.map(({ to }) => to)).size > 1) {
    return { severity: 'error', reason: `${rules} want different new keys, one was wanted` };
  }
  if (isProtected(from)) {
    return { severity: 'warning', reason: 'the key is protected, so it cannot go' };
  }
  const claim = policies.flatMap((policy) => claimsOf(policy, from))[0];
  if (claim === undefined) return null;
  return { severity: 'error', reason: `${renderOrigin(claim)} wants it, ${rules} wants it gone` };
}

function claimsOf(policy: ResourceTagPolicy, key: string): Origin[] {
  const { ensure, default: defaults, copyFrom } = policy.tags;
  const copied = copyFrom.findIndex(({ keys }) => keys.includes(key));
  return [
    ...(Object.hasOwn(ensure, key) ? [originOf(policy, `tags.ensure.${key}`, '')] : []),
    ...(Object.hasOwn(defaults, key) ? [originOf(policy, `tags.default.${key}`, '')] : []),
    ...(copied >= 0 ? [originOf(policy, `tags.copyFrom[${copied}]`, '')] : []),
  ];
}

function moveWishes(rename: Rename, input: KeyInput): Wishes {
  const { policies, current, normalizers, value, overwritten } = input;
  const { from, to } = rename;
  const wanted = normalizers.normalize(to, value) ?? value;
  const gone: Wish = {
    ...wish({ ...rename, because: `renamed to "${to}"` }, from, RANK.adjust, ABSENT),
    needs: [{ tag: to, value: wanted }],
  };
  // A rule that decides the new key's value comes first; the old key then goes only when that is the same one.
  const ensured = policies.some(
    ({ name, tags }) => Object.hasOwn(tags.ensure, to) && !input.isExempt(name, to),
  );
  if (ensured || overwritten.has(to)) return { wishes: [gone], findings: [] };

  const existing = textAt(current, to);
  const settled = existing === null ? wanted : (normalizers.normalize(to, existing) ?? existing);
  if (settled !== wanted) return keepBoth(rename, `"${to}" has another value ("${existing}")`);
  const bind = wish(rename, to, RANK.adjust, { type: 'bind', value: wanted, from: null });
  return { wishes: [bind, gone], findings: [] };
}

/** A value already at the new key is never overwritten, and the old key stays until a person decides. */
function keepBoth(rename: Rename, reason: string): Wishes {
  return {
    wishes: [wish(rename, rename.from, RANK.adjust, BLOCK)],
    findings: [
      findingAt(
        rename,
        'warning',
        `Cannot rename "${rename.from}" to "${rename.to}": ${reason}, both are kept`,
      ),
    ],
  };
}
