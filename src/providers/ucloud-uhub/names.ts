import type { Capabilities } from '../../model/capabilities.ts';
import { ReconcileError } from '../../model/errors.ts';
import { type Target, targetKey } from '../../model/target.ts';

const NO_TAG_WRITES =
  "UHub's API has no call that creates a tag; that takes a registry login (registry: in the account)";
const NO_ADDS = 'a registry tag is bound to content, not to text: use a copy or a channel';
const IMAGE_TAGS = {
  kind: 'image',
  maxTags: null,
  refuseName: refuseTagName,
  refuseValue: () => null,
} as const;

/** Deletes only: none of the seven UHub actions creates or moves a tag (API list read 2026-11-21). */
export const ucloudUhubCapabilities: Capabilities = {
  ...IMAGE_TAGS,
  operations: new Set(['delete']),
  missing: {
    add: NO_ADDS,
    copy: `${NO_TAG_WRITES}; configure it, or remove copies and channels`,
    promote: `${NO_TAG_WRITES}; configure it, or promote to another account`,
  },
  missingContent:
    'the API of UHub hands out no content; that takes a registry login (registry: in the account)',
};

/** With a registry login beside the API. */
export const uhubRegistryCapabilities: Capabilities = {
  ...IMAGE_TAGS,
  operations: new Set(['copy', 'delete', 'promote']),
  missing: { add: NO_ADDS },
};

type Lower =
  | ('a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm')
  | ('n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z');
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** A tag name that is there: '' and undefined, which mean "every tag" to DeleteRepoImage, are not of this type. */
export type TagName = `${Lower | Uppercase<Lower> | Digit | '_'}${string}`;

/** One image of one UHub repository. */
export interface ImageName {
  readonly repo: string;
  readonly image: string;
}

/** Splits the path of a target at its first slash; throws PROVIDER_REJECTED before any request. */
export function parseImage(target: Target): ImageName {
  const slash = target.path.indexOf('/');
  const repo = target.path.slice(0, Math.max(slash, 0));
  const image = target.path.slice(slash + 1);
  if (repo.trim() !== '' && image.trim() !== '') return { repo, image };
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot use image "${targetKey(target)}": a part of its path is missing, repository/image was wanted`,
  );
}

/** Throws PROVIDER_REJECTED for anything that is not a registry tag name, the empty one above all. */
export function parseTagName(target: Target, name: string): TagName {
  if (isTagName(name)) return name;
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot use tag "${name}" of "${targetKey(target)}": the name ${refuseTagName(name)}`,
  );
}

/** The tag grammar of the OCI distribution-spec v1.1; UHub's own pages state none. */
export function isTagName(name: string): name is TagName {
  return /^\w[\w.-]{0,127}$/.test(name);
}

function refuseTagName(name: string): string | null {
  if (isTagName(name)) return null;
  if (name.length > 128) return `has ${name.length} characters, at most 128 are allowed`;
  return 'must start with a letter, a digit or _ and go on with those, . or -';
}
