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
  const { text, signedHeaders } = renderCanonical(request, sdkDate);
  const stringToSign = `${ALGORITHM}\n${sdkDate}\n${sha256(text)}`;
  const signature = createHmac('sha256', keys.secretKey).update(stringToSign).digest('hex');
  return {
    'X-Sdk-Date': sdkDate,
    Authorization: `${ALGORITHM} Access=${keys.accessKey}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}

/** Encodes path and query from their raw text, once; the path ends in a slash whatever the wire has. */
export function renderCanonicalRequest(request: SignableRequest, date: Date): CanonicalRequest {
  return renderCanonical(request, renderSdkDate(date));
}

function renderCanonical(request: SignableRequest, sdkDate: string): CanonicalRequest {
  const { names, values } = sortHeaders(request, sdkDate);
  const signedHeaders = names.join(';');

  const lines = [
    request.method.toUpperCase(),
    renderCanonicalPath(request.segments),
    renderCanonicalQuery(request.query),
  ];
  for (let at = 0; at < names.length; at += 1) lines.push(`${names[at]}:${values[at]}`);
  lines.push('', signedHeaders, request.body === null ? NO_BODY : sha256(request.body));
  return { text: lines.join('\n'), signedHeaders };
}

/** What is signed of the headers, by name: the value of a name has its place. */
interface SortedHeaders {
  readonly names: string[];
  readonly values: string[];
}

// Every request comes here: pairs that are mapped and sorted would be most of what signing leaves to the garbage collector.
function sortHeaders({ headers, host }: SignableRequest, sdkDate: string): SortedHeaders {
  const sorted: SortedHeaders = { names: [], values: [] };
  for (const name of Object.keys(headers)) {
    if (name !== 'host' && name !== 'x-sdk-date') insert(sorted, name, headers[name] ?? '');
  }
  insert(sorted, 'host', host);
  insert(sorted, 'x-sdk-date', sdkDate);
  return sorted;
}

function insert({ names, values }: SortedHeaders, name: string, value: string): void {
  const lower = name.toLowerCase();
  let at = names.length;
  for (; at > 0; at -= 1) {
    const before = names[at - 1] ?? '';
    if (before <= lower) break;
    names[at] = before;
    values[at] = values[at - 1] ?? '';
  }
  names[at] = lower;
  values[at] = value.trim();
}

function renderCanonicalPath(segments: readonly string[]): string {
  let path = '/';
  for (const segment of segments) path += `${encodeStrict(segment)}/`;
  return path;
}

function renderCanonicalQuery(query: SignableRequest['query']): string {
  if (query.length === 0) return '';
  return query
    .toSorted(([leftName, leftValue], [rightName, rightValue]) =>
      leftName === rightName
        ? compareCodeUnits(leftValue, rightValue)
        : compareCodeUnits(leftName, rightName),
    )
    .map(([name, value]) => `${encodeStrict(name)}=${encodeStrict(value)}`)
    .join('&');
}

/** The last date that was rendered: thousands of requests fall into one second. */
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
