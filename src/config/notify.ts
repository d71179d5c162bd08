import type { ReceiverConfig } from '../model/notification.ts';
import { Secret } from '../model/secret.ts';
import { parseTimeout } from './accounts.ts';
import { standardKey } from './hooks.ts';
import type { ReceiverDocument } from './schema-notify.ts';
import type { SecretReference } from './schema-secret.ts';
import { readSecret, SecretMissing, type SecretSources } from './secrets.ts';

const DEFAULT_RATE = { slack: 30, webhook: 30, cloudevents: 600 } as const;
/** What Standard Webhooks asks for. */
const KEY_BYTES = { least: 24, most: 64 } as const;

/** Turns one validated `notifications:` entry into a receiver with its secrets read. Throws SecretMissing. */
export function resolveReceiver(
  name: string,
  document: ReceiverDocument,
  sources: SecretSources,
): ReceiverConfig {
  const { type, events, accounts = null, policies = null, targets = null, maxLines } = document;
  const { messagesPerMinute = DEFAULT_RATE[type] } = document;
  return {
    name,
    type,
    url: readUrl(document.url, sources),
    secrets: type === 'slack' ? [] : readKeys(document, sources),
    events,
    accounts,
    policies,
    targets,
    groupMs: parseTimeout(document.groupWindow),
    messagesPerMinute,
    maxLines,
  };
}

/** All of the path and query counts as secret too: an error may name a part of the URL. */
function readUrl(url: ReceiverDocument['url'], sources: SecretSources): Secret {
  const isReference = typeof url !== 'string' || url.startsWith('${');
  const secret = isReference ? readSecret(url, sources) : new Secret(url);
  const parsed = parseUrl(secret.reveal());
  const place = `${parsed?.pathname ?? ''}${parsed?.search ?? ''}`;
  if (isReference && place.length > 1) sources.onSecret(new Secret(place));
  if (parsed !== null && isPostable(parsed)) return secret;
  throw new SecretMissing('url is no http(s) URL without user name and fragment');
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function isPostable({ protocol, username, password, hash, pathname }: URL): boolean {
  const isDecodable = !/%(?![0-9a-f]{2})/i.test(pathname);
  const isBare = username === '' && password === '' && hash === '';
  return isDecodable && isBare && (protocol === 'http:' || protocol === 'https:');
}

function readKeys(
  { type, secret, secrets }: Exclude<ReceiverDocument, { type: 'slack' }>,
  sources: SecretSources,
): readonly Secret[] {
  const references = secrets ?? (secret === undefined ? [] : [secret]);
  if (secret !== undefined && secrets !== undefined) {
    throw new SecretMissing('both secret and secrets are given, one of them was wanted');
  }
  if (type === 'webhook' && references.length === 0) {
    throw new SecretMissing(
      'secret is missing; a receiver could not tell these messages from others',
    );
  }
  return references.map((reference) => readKey(reference, sources));
}

function readKey(reference: SecretReference, sources: SecretSources): Secret {
  const secret = readSecret(reference, sources);
  const length = standardKey(secret)?.length ?? 0;
  if (length >= KEY_BYTES.least && length <= KEY_BYTES.most) return secret;
  const { least, most } = KEY_BYTES;
  throw new SecretMissing(
    `the secret is not whsec_ and the base64 of ${least} to ${most} bytes (echo "whsec_$(openssl rand -base64 32)")`,
  );
}
