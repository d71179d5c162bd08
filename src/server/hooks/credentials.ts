import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { standardKey } from '../../config/hooks.ts';
import type { Secret } from '../../model/secret.ts';
import type { Credential, Delivery, Head, Proof } from './hook.ts';

const HEX_MAC = /^[0-9a-f]{64}$/;
/** 32 bytes in canonical base64: the last character before the padding carries two zero bits. */
const BASE64_MAC = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
/** No dot: it separates what is signed. */
const MESSAGE_ID = /^[\w:+/=-]{1,256}$/;
const UNIX_SECONDS = /^[1-9]\d{9}$/;
/** A sender that rotates its key signs with both; more is noise. */
const MOST_SIGNATURES = 5;

/** HMAC-SHA256 of the raw body in lower-case hex, after a fixed prefix. */
export function hexMac(header: string, prefix = ''): Credential {
  const read = (head: Head): string | null => {
    const value = head.header(header);
    if (value === null || !value.startsWith(prefix)) return null;
    const hex = value.slice(prefix.length);
    return HEX_MAC.test(hex) ? hex : null;
  };
  return {
    isPresent: (head) => read(head) !== null,
    verify(delivery, { secrets }) {
      const hex = read(delivery);
      if (hex === null) return false;
      const given = Buffer.from(hex, 'hex');
      return some(secrets, (secret) => timingSafeEqual(given, mac(secret, [delivery.body])));
    },
  };
}

/** The secret itself in a header, after a fixed prefix. */
export function headerToken(header: string, prefix = ''): Credential {
  return token((head) => {
    const value = head.header(header);
    return value?.startsWith(prefix) === true ? value.slice(prefix.length) : null;
  });
}

/** The secret itself as the one `token` of the query string, for senders that can set nothing but a URL. */
export function urlToken(): Credential {
  return token(({ tokens: [first = null, ...others] }) => (others.length === 0 ? first : null));
}

function token(read: (head: Head) => string | null): Credential {
  return {
    isPresent: (head) => (read(head) ?? '') !== '',
    verify(delivery, { secrets }) {
      const given = read(delivery);
      return given !== null && some(secrets, (secret) => isSame(given, secret.reveal()));
    },
  };
}

/**
 * Standard Webhooks: `webhook-signature` over id, timestamp and raw body, keys as `whsec_…`. Our own lines: the public
 * package brings a SHA-256 and a base64 in JavaScript, reads the clock itself and parses what it verifies.
 */
export function standardSignature(): Credential {
  return {
    isPresent: (head) => signatureHead(head) !== null,
    verify(delivery, proof) {
      const head = signatureHead(delivery);
      if (head === null) return false;
      const awayMs = Math.abs(proof.now.getTime() - Number(head.timestamp) * 1_000);
      if (awayMs > proof.toleranceMs) return false;
      const signed = [`${head.id}.${head.timestamp}.`, delivery.body] as const;
      return some(proof.secrets, (secret) => {
        const key = standardKey(secret);
        if (key === null) return false;
        const expected = createHmac('sha256', key).update(signed[0]).update(signed[1]).digest();
        return some(head.macs, (given) => timingSafeEqual(given, expected));
      });
    },
  };
}

interface SignatureHead {
  readonly id: string;
  readonly timestamp: string;
  readonly macs: readonly Buffer[];
}

/** Null: a header is missing, sent twice or malformed. Signatures of other versions are passed over. */
function signatureHead(head: Head): SignatureHead | null {
  const id = head.header('webhook-id');
  const timestamp = head.header('webhook-timestamp');
  const given = head.header('webhook-signature')?.split(' ') ?? [];
  if (id === null || !MESSAGE_ID.test(id)) return null;
  if (timestamp === null || !UNIX_SECONDS.test(timestamp)) return null;
  const own = given.filter((one) => one.startsWith('v1,')).map((one) => one.slice(3));
  if (own.length === 0 || given.length > MOST_SIGNATURES) return null;
  if (!own.every((one) => BASE64_MAC.test(one))) return null;
  return { id, timestamp, macs: own.map((one) => Buffer.from(one, 'base64')) };
}

/** Whichever the secret is made for: one that `isFor` accepts goes with the first, any other with the second. */
export function bySecret(
  isFor: (secret: Secret) => boolean,
  first: Credential,
  second: Credential,
): Credential {
  const verify = (delivery: Delivery, proof: Proof): boolean => {
    const [ours, others] = [true, false].map((wanted) => ({
      ...proof,
      secrets: proof.secrets.filter((secret) => isFor(secret) === wanted),
    }));
    const answers = [
      ours !== undefined && first.verify(delivery, ours),
      others !== undefined && second.verify(delivery, others),
    ];
    return answers.includes(true);
  };
  return { isPresent: (head) => first.isPresent(head) || second.isPresent(head), verify };
}

function mac(secret: Secret, parts: readonly (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', secret.reveal());
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Compares digests, which have one length whatever the texts have. */
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(sha256(given), sha256(wanted));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Looks at all, so that the time does not tell which one it was. */
function some<T>(items: readonly T[], holds: (item: T) => boolean): boolean {
  return items.map(holds).includes(true);
}
