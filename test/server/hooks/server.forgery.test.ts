import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { aHook, hookOf, openHooks } from './hook-bench.ts';
import {
  deliveryOf,
  payloadOf,
  SECONDS,
  SENDERS,
  type Sender,
  type Sent,
  signed,
  standardMac,
} from './senders.ts';

const BROKEN = Buffer.from('{"repository":');

/** Replaces one header. */
function withHeader(sent: Sent, name: string, value: string): Sent {
  return { ...sent, lines: [...sent.lines.filter(([key]) => key !== name), [name, value]] };
}

/** A proof for other bytes; where the proof covers no bytes, a MAC in its place. */
function proofFor(sender: Sender, body: Buffer): string {
  if (sender.covers) return sender.sign(body, sender.secret);
  return createHmac('sha256', sender.secret).update(body).digest('hex');
}

function twice(sender: Sender, body: Buffer): Sent {
  const sent = signed(sender, body);
  if (sender.proof === 'url') return { ...sent, query: `${sent.query}&${sent.query.slice(1)}` };
  const last = sent.lines.at(-1);
  return { ...sent, lines: last ? [...sent.lines, last] : sent.lines };
}

function withoutPrefix(sender: Sender, body: Buffer): Sent {
  const proof = sender.sign(body, sender.secret);
  const { proof: place } = sender;
  // A proof without a prefix loses its first character.
  if (place === 'url' || place.prefix === '') return deliveryOf(sender, body, proof.slice(1));
  return withHeader(signed(sender, body), place.header, proof);
}

/** Ten minutes old; where no time is signed, the body of then with the proof of now. */
function stale(sender: Sender, body: Buffer): Sent {
  const old = String(Number(SECONDS) - 600);
  if (sender.proof === 'url' || sender.proof.header !== 'webhook-signature') {
    return deliveryOf(sender, body, proofFor(sender, Buffer.concat([Buffer.from(old), body])));
  }
  const sent = deliveryOf(sender, body, standardMac('msg_1', old, body, sender.secret));
  return withHeader(sent, 'webhook-timestamp', old);
}

const lossy = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);

/** The forgery classes of reliability.md section 5, replay apart: what each sends for a body. */
const FORGERIES: Readonly<Record<string, (sender: Sender, body: Buffer) => Sent>> = {
  none: (sender, body) => deliveryOf(sender, body, null),
  empty: (sender, body) => deliveryOf(sender, body, ''),
  'wrong secret': (sender, body) => signed(sender, body, `x${sender.other.slice(1)}`),
  "another receiver's secret": (sender, body) => signed(sender, body, sender.other),
  'revoked secret': (sender, body) => signed(sender, body, sender.secret.replace(/.{5}$/, 'AAAA=')),
  'SHA-1': (sender, body) =>
    deliveryOf(sender, body, createHmac('sha1', sender.secret).update(body).digest('hex')),
  truncated: (sender, body) =>
    deliveryOf(sender, body, sender.sign(body, sender.secret).slice(0, -2)),
  'upper case': (sender, body) =>
    deliveryOf(sender, body, sender.sign(body, sender.secret).toUpperCase()),
  'prefix missing': withoutPrefix,
  'body altered': (sender, body) =>
    deliveryOf(sender, Buffer.concat([body, Buffer.from(' ')]), proofFor(sender, body)),
  'body re-serialised': (sender, body) =>
    deliveryOf(sender, body, proofFor(sender, Buffer.concat([Buffer.from('{ '), body]))),
  'header duplicated': twice,
  'stale timestamp': stale,
  'signature of an empty body': (sender, body) =>
    deliveryOf(sender, body, proofFor(sender, Buffer.alloc(0))),
  'unicode-lossy body': (sender) =>
    deliveryOf(sender, lossy, proofFor(sender, Buffer.from(lossy.toString('utf8')))),
};

const CASES = Object.entries(SENDERS).flatMap(([name, sender]) =>
  Object.entries(FORGERIES).map(([forgery, make]) => ({ name, sender, forgery, make })),
);

describe('startHooks()', () => {
  test.each(CASES)('startHooks() refuses $forgery to $name', async ({ sender, make }) => {
    // The second hook has the secret that a forger may well know.
    const foreign = aHook({ name: 'two', type: sender.type, secrets: [new Secret(sender.other)] });
    const { post, asked, memory } = await openHooks([hookOf(sender), foreign]);

    const answer = await post(make(sender, payloadOf(sender)));
    const unparsed = await post(make(sender, BROKEN));

    expect(answer).toMatchObject({ status: 401, text: '{"status":"refused"}' });
    // 400 would tell that the body was parsed before the proof was looked at.
    expect(unparsed.status).toBe(401);
    expect(asked).toEqual([]);
    expect(memory.size).toBe(0);
  });

  test.each(Object.entries(SENDERS))('startHooks() takes a delivery of %s', async (_, sender) => {
    const { post, asked } = await openHooks([hookOf(sender)]);

    const answer = await post(signed(sender));
    const broken = await post(signed(sender, BROKEN));

    expect(answer).toMatchObject({ status: 202, text: '{"status":"accepted"}' });
    expect(broken.status).toBe(400);
    expect(asked.map(({ ask }) => ask)).toEqual([sender.expects]);
  });

  test.each(Object.entries(SENDERS).filter(([, { type }]) => type !== 'quay'))(
    'startHooks() takes a replay to %s for a duplicate',
    async (_, sender) => {
      const { post, asked } = await openHooks([hookOf(sender)]);
      await post(signed(sender));

      const replay = await post(signed(sender));

      expect(replay).toMatchObject({ status: 202, text: '{"status":"duplicate"}' });
      expect(asked).toHaveLength(1);
    },
  );

  test('startHooks() takes a push that repeats an earlier body under another id, and each id once', async () => {
    const sender = SENDERS['github-push'];
    if (sender === undefined) throw new Error('no sender');
    const { post, asked } = await openHooks([hookOf(sender)]);
    const again = withHeader(signed(sender), 'x-github-delivery', 'force-push');
    await post(signed(sender));

    const pushed = await post(again);
    const replay = await post(again);

    expect([pushed.text, replay.text]).toEqual(['{"status":"accepted"}', '{"status":"duplicate"}']);
    expect(asked).toHaveLength(2);
  });

  test('every forgery class of the specification is in the table', () => {
    // Replay is the sixteenth; it is no forgery of a proof and has its own test above.
    expect(Object.keys(FORGERIES)).toHaveLength(15);
  });
});
