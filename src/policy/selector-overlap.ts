import type { ImageSelector, RepositorySelector } from '../model/policy.ts';
import { globCovers, globsMeet } from './glob-overlap.ts';

/** Whether two selectors have a target in common; sure: all targets of one belong to the other too. */
export type Overlap = 'none' | 'possible' | 'sure';

interface Excluding {
  readonly glob: string;
  readonly exclude: readonly string[];
}

/** How the targets of two repository selectors lie to each other. */
export function repositoryOverlap(left: RepositorySelector, right: RepositorySelector): Overlap {
  if (left.account !== right.account) return 'none';
  const { exclude } = right;
  const pairs = left.repositories.flatMap((one) =>
    right.repositories.map((glob) =>
      globOverlap({ glob: one, exclude: left.exclude }, { glob, exclude }),
    ),
  );
  if (pairs.includes('sure')) return 'sure';
  return pairs.includes('possible') ? 'possible' : 'none';
}

function globOverlap(left: Excluding, right: Excluding): Overlap {
  if (!globsMeet(left.glob, right.glob)) return 'none';
  const excluded = [...left.exclude, ...right.exclude];
  if (excluded.some((glob) => globCovers(glob, left.glob) || globCovers(glob, right.glob))) {
    return 'none';
  }
  return contains(left, right) || contains(right, left) ? 'sure' : 'possible';
}

/** Whether every repository of `inner` certainly belongs to `outer`. */
function contains(outer: Excluding, inner: Excluding): boolean {
  if (!globCovers(outer.glob, inner.glob)) return false;
  return outer.exclude
    .filter((glob) => globsMeet(glob, inner.glob))
    .every((glob) => inner.exclude.some((other) => globCovers(other, glob)));
}

/** How two restrictions of one kind lie to each other. */
interface Restriction {
  readonly meets: boolean;
  readonly leftContains: boolean;
  readonly rightContains: boolean;
}

/** How the images of two selectors lie to each other. */
export function imageOverlap(left: ImageSelector, right: ImageSelector): Overlap {
  if (left.account !== right.account) return 'none';
  const restrictions = [
    compareIds(left.ids, right.ids),
    compareNames(left.name, right.name),
    compareVisibility(left.visibility, right.visibility),
    compareTags(left.tags ?? {}, right.tags ?? {}),
  ];
  if (restrictions.some(({ meets }) => !meets)) return 'none';
  const sure =
    restrictions.every(({ leftContains }) => leftContains) ||
    restrictions.every(({ rightContains }) => rightContains);
  return sure ? 'sure' : 'possible';
}

/** What holds when one side or both do not restrict at all. */
function compareOpen(left: unknown, right: unknown): Restriction {
  return { meets: true, leftContains: left === null, rightContains: right === null };
}

type Ids = ImageSelector['ids'];

function compareIds(left: Ids, right: Ids): Restriction {
  if (left === null || right === null) return compareOpen(left, right);
  // One image in both is enough to be sure of.
  const meets = left.some((id) => right.includes(id));
  return { meets, leftContains: meets, rightContains: meets };
}

/** Every image has a name, so "*" restricts nothing. */
function openName(name: string | null): string | null {
  return name === '*' || name === '**' ? null : name;
}

function compareNames(leftName: string | null, rightName: string | null): Restriction {
  const [left, right] = [openName(leftName), openName(rightName)];
  if (left === null || right === null) return compareOpen(left, right);
  return {
    meets: globsMeet(left, right),
    leftContains: globCovers(left, right),
    rightContains: globCovers(right, left),
  };
}

type Visibility = ImageSelector['visibility'];

function compareVisibility(left: Visibility, right: Visibility): Restriction {
  if (left === null || right === null) return compareOpen(left, right);
  return { meets: left === right, leftContains: true, rightContains: true };
}

type Tags = NonNullable<ImageSelector['tags']>;

function compareTags(left: Tags, right: Tags): Restriction {
  const [lefts, rights] = [new Map(Object.entries(left)), new Map(Object.entries(right))];
  return {
    meets: [...lefts].every(([key, value]) => (rights.get(key) ?? value) === value),
    leftContains: [...lefts.keys()].every((key) => rights.has(key)),
    rightContains: [...rights.keys()].every((key) => lefts.has(key)),
  };
}
