const NAMESPACE = /^[a-z][a-z0-9]*(?:(?:\.|_{1,2}|-)[a-z0-9]+)*$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_{1,2}|-|\/)[a-z0-9]+)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Organization name, 1–64 characters. */
export function isNamespaceName(name: string): boolean {
  return name.length <= 64 && NAMESPACE.test(name);
}

/** Repository name with real slashes, 1–128 characters. */
export function isRepositoryName(name: string): boolean {
  return name.length <= 128 && REPOSITORY.test(name);
}

/** The OCI tag grammar. */
export function isTagName(name: string): boolean {
  return TAG.test(name);
}

/** A path segment back to a repository name; `null` when it holds a slash of its own. */
export function parseRepositorySegment(segment: string): string | null {
  return segment.includes('/') ? null : segment.split('$').join('/');
}
