import { createHash, createHmac } from 'node:crypto';
import type { Incoming } from './exchange.ts';
import { parsePairs, splitRequestTarget } from './request-target.ts';

const ALGORITHM = 'SDK-HMAC-SHA256';
const AUTHORIZATION =
  /^SDK-HMAC-SHA256\s+Access=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const SDK_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** The parts of an `Authorization: SDK-HMAC-SHA256` header. */
export interface HuaweiAuthorization {
  readonly accessKey: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** What a signature is made over, straight from the wire. */
export type SignedRequest = Pick<Incoming, 'method' | 'rawTarget' | 'headers' | 'body'>;

/** `null` when the header has another form. */
export function parseHuaweiAuthorization(header: string): HuaweiAuthorization | null {
  const match = AUTHORIZATION.exec(header);
  if (match === null) return null;
  const [, accessKey = '', names = '', signature = ''] = match;
  return { accessKey, signedHeaders: names.split(';'), signature };
}

/** Milliseconds since the epoch of an `X-Sdk-Date` value, `null` when malformed. */
export function parseSdkDate(text: string): number | null {
  const match = SDK_DATE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/**
 * Recomputes the signature. An encoded slash in the path has two readings (decode the whole path, or
 * segment by segment); the document does not choose, so either is accepted.
 */
export function verifyHuaweiSignature(
  request: SignedRequest,
  authorization: HuaweiAuthorization,
  secretKey: string,
): boolean {
  const { signedHeaders, signature } = authorization;
  if (!signedHeaders.includes('x-sdk-date')) return false;
  return canonicalUris(splitRequestTarget(request.rawTarget).path).some((uri) => {
    const canonical = canonicalRequest(request, signedHeaders, uri);
    return canonical !== null && signCanonical(canonical, request, secretKey) === signature;
  });
}

/** The canonical request of the document's section 3.1; `null` when a signed header is missing. */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  uri: string = canonicalUris(splitRequestTarget(request.rawTarget).path)[0] ?? '/',
): string | null {
  const names = signedHeaders.map((name) => name.toLowerCase()).toSorted();
  const lines = names.map((name) => {
    const value = request.headers[name];
    return value === undefined ? null : `${name}:${String(value).trim()}\n`;
  });
  if (lines.includes(null)) return null;
  return [
    request.method.toUpperCase(),
    uri,
    canonicalQuery(splitRequestTarget(request.rawTarget).query),
    lines.join(''),
    names.join(';'),
    String(request.headers['x-sdk-content-sha256'] ?? sha256(request.body)),
  ].join('\n');
}

function signCanonical(canonical: string, request: SignedRequest, secretKey: string): string {
  const date = String(request.headers['x-sdk-date'] ?? '');
  const text = `${ALGORITHM}\n${date}\n${sha256(canonical)}`;
  return createHmac('sha256', secretKey).update(text).digest('hex');
}

function canonicalUris(path: string): string[] {
  const bySegment = encodeSegments(path.split('/').map(decode));
  const byPath = encodeSegments(decode(path).split('/'));
  return bySegment === byPath ? [bySegment] : [bySegment, byPath];
}

function encodeSegments(segments: readonly string[]): string {
  const uri = segments.map(encode).join('/');
  return uri.endsWith('/') ? uri : `${uri}/`;
}

function canonicalQuery(query: string): string {
  return parsePairs(query)
    .toSorted(
      ([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB),
    )
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Percent-encodes everything but `A-Z a-z 0-9 - . _ ~`, in upper-case hex. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
