import type { Incoming } from './exchange.ts';
import { isDigest } from './oci-image.ts';

const NAME_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${NAME_PART}(?:/${NAME_PART})*$`);
const MAX_NAME = 255;

/** What a path of the registry names. */
export type OciPath =
  | { readonly type: 'base' | 'catalog' }
  | { readonly type: 'tags'; readonly name: string }
  | {
      readonly type: 'manifest' | 'blob' | 'upload' | 'referrers';
      readonly name: string;
      /** Tag, digest or upload id. */
      readonly reference: string;
    }
  | { readonly type: 'uploads'; readonly name: string };

/** Read from the end: a repository may be called `a/manifests/b`. */
export function parseOciPath({ segments }: Incoming): OciPath | null {
  const [version, ...rest] = segments ?? [];
  if (version !== 'v2') return null;
  if (rest.length <= 1) return parseShort(rest[0] ?? '');
  const [kind = '', last = ''] = rest.slice(-2);
  if (kind === 'tags' && last === 'list') return named({ type: 'tags', name: nameOf(rest, 2) });
  if (kind === 'blobs' && last === 'uploads') {
    return named({ type: 'uploads', name: nameOf(rest, 2) });
  }
  if (kind === 'uploads' && rest.at(-3) === 'blobs') {
    const name = nameOf(rest, 3);
    return named(
      last === '' ? { type: 'uploads', name } : { type: 'upload', name, reference: last },
    );
  }
  const type = REFERENCES[kind];
  return type === undefined ? null : named({ type, name: nameOf(rest, 2), reference: last });
}

function parseShort(segment: string): OciPath | null {
  if (segment === '') return { type: 'base' };
  return segment === '_catalog' ? { type: 'catalog' } : null;
}

/** What stands before the tail. An encoded slash stays in its segment and breaks the grammar. */
function nameOf(segments: readonly string[], tail: number): string {
  return segments
    .slice(0, -tail)
    .map((part) => part.split('/').join('%2F'))
    .join('/');
}

const REFERENCES: Readonly<Record<string, 'manifest' | 'blob' | 'referrers'>> = {
  manifests: 'manifest',
  blobs: 'blob',
  referrers: 'referrers',
};

function named(path: OciPath & { readonly name: string }): OciPath | null {
  return path.name === '' ? null : path;
}

/** The grammar of repository names, and the 255 characters clients allow. */
export function isOciName(name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name);
}

/** A reference with a colon is a digest, and may be a malformed one. */
export function isDigestReference(reference: string): boolean {
  return isDigest(reference) || reference.includes(':');
}
