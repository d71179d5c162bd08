import { createHmac, hash } from 'node:crypto';
import { encodeStrict } from './encode.ts';

const ALGORITHM = 'SDK-HMAC-SHA256';

/** What is signed: exactly what is sent, with the path and query still raw. */
export interface SignableRequest {
  readonly method: string;
  /** Host header as sent. */
  readonly host: string;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Every header here is signed, besides Host and X-Sdk-Date. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface SigningKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The canonical request of SDK-HMAC-SHA256 and the names of the signed headers. */
export interface CanonicalRequest {
  readonly text: string;
  readonly signedHeaders: string;
}

/** Headers that sign a request with an access key. The same date and request give the same signature. */
export function signHuawei(
  request: SignableRequest,
  keys: SigningKeys,
  date: Date,
): Readonly<Record<string, string>> {
  const sdkDate = renderSdkDate(date);
  const { text, signedHeaders } = renderCanonicalRequest(request, date);
  const stringToSign = `${ALGORITHM}\n${sdkDate}\n${sha256(text)}`;
  const signature = createHmac('sha256', keys.secretKey).update(stringToSign).digest('hex');
  return {
    'X-Sdk-Date': sdkDate,
    Authorization: `${ALGORITHM} Access=${keys.accessKey}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}

/** Encodes path and query from their raw text, once; the path ends in a slash whatever the wire has. */
export function renderCanonicalRequest(request: SignableRequest, date: Date): CanonicalRequest {
  const headers = Object.entries({
    ...request.headers,
    host: request.host,
    'x-sdk-date': renderSdkDate(date),
  })
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .toSorted(([left], [right]) => compareCodeUnits(left, right));
  const signedHeaders = headers.map(([name]) => name).join(';');

  const text = [
    request.method.toUpperCase(),
    renderCanonicalPath(request.segments),
    renderCanonicalQuery(request.query),
    headers.map(([name, value]) => `${name}:${value}\n`).join(''),
    signedHeaders,
    request.body === null ? NO_BODY : sha256(request.body),
  ].join('\n');
  return { text, signedHeaders };
}

function renderCanonicalPath(segments: readonly string[]): string {
  return `/${segments.map((segment) => `${encodeStrict(segment)}/`).join('')}`;
}

function renderCanonicalQuery(query: SignableRequest['query']): string {
  return query
    .toSorted(([leftName, leftValue], [rightName, rightValue]) =>
      leftName === rightName
        ? compareCodeUnits(leftValue, rightValue)
        : compareCodeUnits(leftName, rightName),
    )
    .map(([name, value]) => `${encodeStrict(name)}=${encodeStrict(value)}`)
    .join('&');
}

/** The last date that was rendered: a request asks for it twice, and thousands fall into one second. */
let rendered = { second: Number.NaN, text: '' };

/** `YYYYMMDDTHHMMSSZ` in UTC. */
function renderSdkDate(date: Date): string {
  const second = Math.floor(date.getTime() / 1_000);
  if (rendered.second !== second) {
    rendered = { second, text: `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z` };
  }
  return rendered.text;
}

/** What every request without a body is signed with. */
const NO_BODY = sha256('');

// Locale order would differ between machines; the signature needs plain code units.
function compareCodeUnits(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
