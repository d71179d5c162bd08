import { Secret } from '../../src/model/secret.ts';
import { type Delivery, MalformedDelivery } from '../../src/server/hooks/hook.ts';
import { RECEIVERS } from '../../src/server/hooks/receivers.ts';
import { askOf } from '../../src/server/hooks/targets.ts';
import { NOW, SENDERS, type Sender, signed } from '../server/hooks/senders.ts';
import { refusal, split } from './refusal.ts';

const ACCOUNTS = [
  { name: 'ims', provider: 'huawei-ims' },
  { name: 'swr', provider: 'huawei-swr' },
  { name: 'hub', provider: 'ucloud-uhub' },
] as const;
const ACCOUNT_NAMES: ReadonlySet<string> = new Set(ACCOUNTS.map(({ name }) => name));
const FIVE_MINUTES_MS = 300_000;

/**
 * A delivery: the sender's name, header lines up to an empty one, then the body. It is signed as the sender does, so
 * that the parser behind the signature is reached; headers of its own replace those, the signature included.
 */
export function takeDelivery(text: string): unknown {
  const [head, body] = split(text, '\n\n');
  const [name, lines] = split(head);
  const sender = senderOf(name, text.length);
  const receiver = RECEIVERS[sender.type];
  const delivery = deliveryOf(sender, lines, Buffer.from(body));
  const secrets = [new Secret(sender.secret)];
  const proof = { secrets, now: NOW, toleranceMs: FIVE_MINUTES_MS };
  if (!receiver.credential.isPresent(delivery)) throw refusal('no credential');
  if (!receiver.credential.verify(delivery, proof)) throw refusal('wrong credential');
  const event = readEvent(() => receiver.read(delivery));
  const hook = { name: 'one', type: sender.type, secrets, repositories: ['**'], events: null };
  const ask = askOf({ ...hook, accounts: ACCOUNTS }, event);
  const asked = ask?.type === 'targets' ? ask.targets.map(({ account }) => account) : [];
  const named = ask?.type === 'accounts' ? ask.accounts : asked;
  if (!named.every((account) => ACCOUNT_NAMES.has(account))) throw new Error('a foreign account');
  return ask;
}

/** A name that was broken still stands for one of them. */
function senderOf(name: string, length: number): Sender {
  const known = Object.hasOwn(SENDERS, name) ? SENDERS[name] : undefined;
  const senders = Object.values(SENDERS);
  const sender = known ?? senders[length % senders.length];
  if (sender === undefined) throw new Error('there are no senders');
  return sender;
}

function deliveryOf(sender: Sender, lines: string, body: Buffer): Delivery {
  const sent = signed(sender, body);
  const own = lines.split('\n').map((line) => split(line, ':'));
  const headers = new Map([...sent.lines, ...own].map(([key, value]) => [key, value.trim()]));
  const { searchParams } = new URL(`http://hook/${sent.query}`);
  return {
    body,
    tokens: searchParams.getAll('token'),
    header: (key) => headers.get(key) ?? null,
  };
}

function readEvent<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedDelivery) throw refusal(`malformed delivery: ${error.message}`);
    throw error;
  }
}
