import { createHash } from 'node:crypto';

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** True for a digest of an algorithm that can be checked here. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** `sha256:…` of the bytes. */
export function digestOf(bytes: Uint8Array): string {
  return hashWith('sha256', bytes);
}

/** True when the bytes are what the digest names. */
export function matchesDigest(bytes: Uint8Array, digest: string): boolean {
  return hashWith(digest.startsWith('sha512:') ? 'sha512' : 'sha256', bytes) === digest;
}

function hashWith(algorithm: 'sha256' | 'sha512', bytes: Uint8Array): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
