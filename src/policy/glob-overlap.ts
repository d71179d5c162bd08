import { type GlobAlternative, type GlobToken, globTokens } from './glob-tokens.ts';

/** False only when no name can match both globs. */
export function globsMeet(left: string, right: string): boolean {
  if (left === right) return true;
  const [lefts, rights] = [globTokens(left), globTokens(right)];
  if (lefts === null || rights === null) return true;
  return lefts.some((one) => rights.some((other) => walk(one, other, MEET)));
}

/** True only when every name that matches `inner` certainly matches `outer` too. */
export function globCovers(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  const [outers, inners] = [globTokens(outer), globTokens(inner)];
  if (outers === null || inners === null) return false;
  return inners.every((one) => outers.some((other) => walk(other, one, COVER)));
}

/** The text every name starts with that matches the glob. */
export function leadOf(glob: string): string {
  return glob.replace(/[*?[{\\].*$/su, '');
}

/** How two tokens, one of each glob, may be met by the same characters. */
interface Steps {
  /** Both tokens stand for one and the same character. */
  readonly both: (left: GlobToken, right: GlobToken) => boolean;
  /** The left token repeats and takes the right one along. */
  readonly leftTakes: (left: GlobToken, right: GlobToken) => boolean;
  /** The right token repeats and takes the left one along. */
  readonly rightTakes: (left: GlobToken, right: GlobToken) => boolean;
  /** The right token may stand for nothing. */
  readonly skips: (right: GlobToken) => boolean;
}

function repeats({ type }: GlobToken): boolean {
  return type === 'star' || type === 'globstar';
}

/** Whether a token stands for nothing but characters other than "/". */
function withoutSlash(token: GlobToken): boolean {
  return token.type === 'text' ? token.text !== '/' : token.type !== 'globstar';
}

function takes(taker: GlobToken, taken: GlobToken): boolean {
  return taker.type === 'globstar' || (taker.type === 'star' && withoutSlash(taken));
}

const MEET: Steps = {
  both: (left, right) => {
    if (repeats(right)) return false;
    if (left.type === 'text' && right.type === 'text') return left.text === right.text;
    return withoutSlash(left) && withoutSlash(right);
  },
  leftTakes: (left, right) => !repeats(right) && takes(left, right),
  rightTakes: (left, right) => takes(right, left),
  skips: repeats,
};

/** The right glob is read as the input: whatever it may be, the left one must take it. */
const COVER: Steps = {
  both: (left, right) => {
    if (left.type === 'text') return right.type === 'text' && left.text === right.text;
    return left.type === 'one' && !repeats(right) && withoutSlash(right);
  },
  leftTakes: takes,
  rightTakes: () => false,
  skips: () => false,
};

/** Token by token of the left glob: which places of the right one can be reached with it. */
function walk(left: GlobAlternative, right: GlobAlternative, steps: Steps): boolean {
  let reached = spread([0], right, steps.skips);
  for (const token of left) {
    reached = repeats(token)
      ? spread(reached, right, (other) => steps.leftTakes(token, other) || steps.skips(other))
      : spread(advance(token, { reached, right, steps }), right, steps.skips);
  }
  return reached.has(right.length);
}

/** The places, and all that follow them over tokens that may be passed. */
function spread(
  places: Iterable<number>,
  right: GlobAlternative,
  passes: (other: GlobToken) => boolean,
): ReadonlySet<number> {
  const all = new Set(places);
  // A set grows while it is walked, so each new place is visited too.
  for (const at of all) {
    const other = right[at];
    if (other !== undefined && passes(other)) all.add(at + 1);
  }
  return all;
}

interface Row {
  readonly reached: ReadonlySet<number>;
  readonly right: GlobAlternative;
  readonly steps: Steps;
}

function advance(token: GlobToken, { reached, right, steps }: Row): readonly number[] {
  return [...reached].flatMap((at) => {
    const other = right[at];
    if (other === undefined) return [];
    const next = steps.both(token, other) ? [at + 1] : [];
    return steps.rightTakes(token, other) ? [...next, at] : next;
  });
}
