import type { Problem } from './issue.ts';

/** The version of the language of policies and configuration that this release reads. */
export const API_VERSION = 'tagwarden/v1';

const OURS = /^tagwarden\/v\d+$/;

/**
 * The refusal of a document that says another version of the language; null: it says ours, none, or no version at all. What
 * else is wrong in it by the rules of this version is no news to its author.
 */
export function refuseVersion(document: unknown): Problem | null {
  const isMapping = typeof document === 'object' && document !== null;
  const version = isMapping && 'apiVersion' in document ? document.apiVersion : null;
  if (typeof version !== 'string' || !OURS.test(version) || version === API_VERSION) return null;
  return {
    code: 'wrong-value',
    message: `apiVersion is "${version}", and this release of tagwarden reads ${API_VERSION}`,
    expected: `${API_VERSION}: use a release that reads ${version}, or write the document in ${API_VERSION}`,
  };
}
