const SUPPLY_CHAIN = /^sha(?:256|384|512)-[0-9a-f][^/]*$/;
const SUPPLY_CHAIN_PREFIX = 'sha';
const TEMPORARY_PREFIX = 'tagwarden-tmp-';
const TEMPORARY = /^tagwarden-tmp-[0-9a-f]{8}$/;

/**
 * True for tags that belong to another tag's manifest: cosign's `sha256-<hex>.sig`, `.att` and `.sbom`, and the
 * fallback tags of the OCI referrers API. No rule sees them and nothing touches them.
 */
export function isSupplyChainTag(name: string): boolean {
  return name.startsWith(SUPPLY_CHAIN_PREFIX) && SUPPLY_CHAIN.test(name);
}

/** True for names the planner gives to a tag that breaks a cycle of copies. */
export function isTemporaryTag(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX) && TEMPORARY.test(name);
}

/** What all such names begin with, sorted. */
export const HIDDEN_PREFIXES = [SUPPLY_CHAIN_PREFIX, TEMPORARY_PREFIX] as const;

/** The n-th temporary name for a digest; the same input gives the same name. */
export function temporaryName(digest: string, attempt: number): string {
  const hex = digest.replace(/^sha\d+:/, '').slice(0, 8);
  const seed = /^[0-9a-f]{8}$/.test(hex) ? Number.parseInt(hex, 16) : 0;
  return `${TEMPORARY_PREFIX}${((seed + attempt) % 2 ** 32).toString(16).padStart(8, '0')}`;
}

/** The same names as globs, for the gate before a write. */
export const SUPPLY_CHAIN_GLOBS = [
  'sha256-[0-9a-f]*',
  'sha384-[0-9a-f]*',
  'sha512-[0-9a-f]*',
] as const;
