import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../model/secret.ts';

/** True for `Authorization: Bearer` with the token. Takes the same time for every wrong one, whatever its length. */
export function createTokenCheck(token: Secret): (authorization: string | undefined) => boolean {
  const wanted = digestOf(token.reveal());
  return (authorization) => {
    const [, given] = /^Bearer +([^\s]{1,4096})$/i.exec(authorization ?? '') ?? [];
    // Equal digests of unequal texts are not to be had, so nothing is told by comparing digests.
    return timingSafeEqual(digestOf(given ?? ''), wanted) && given !== undefined;
  };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
