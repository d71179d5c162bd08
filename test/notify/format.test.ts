import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../src/model/notification.ts';
import type { Operation } from '../../src/model/plan.ts';
import { Secret } from '../../src/model/secret.ts';
import { createMessage } from '../../src/notify/format.ts';
import { signatureHeaders } from '../../src/notify/sign.ts';
import { IMAGE, NOW } from '../support/tags.ts';
import { aNotice, KEY, MOVE } from './bench.ts';

const A_DELETE: Operation = {
  type: 'delete',
  tag: 'old',
  policy: 'shop',
  rule: 'retain[0]',
  mode: 'sync',
  because: 'too old',
  replaces: null,
  makesRoomFor: null,
};
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const PLAIN = { secrets: [], scrub: (text: string): string => text };

function groupOf(notices: readonly [Notice, ...Notice[]], dropped = 0, maxLines = 30) {
  return { id: 'msg-1', at: NOW, notices, dropped, maxLines };
}

function slackText(...notices: readonly [Notice, ...Notice[]]): string {
  const { body } = createMessage('slack', groupOf(notices), PLAIN);
  return (JSON.parse(body) as { readonly text: string }).text;
}

describe('createMessage()', () => {
  test('createMessage() words every kind of notice for a chat', () => {
    const text = slackText(
      aNotice(),
      aNotice({
        target: IMAGE,
        name: 'golden-1',
        changes: [
          { ...MOVE, type: 'add', tag: 'stage', value: 'prod', replaces: 'test' },
          A_DELETE,
        ],
      }),
      aNotice({ type: 'failed', changes: [], error: { code: 'PROVIDER_AUTH', message: 'no' } }),
      aNotice({ type: 'failed', changes: [], error: { code: null, message: 'conflict' } }),
      aNotice({ type: 'refused', changes: [], reasons: ['guard allTags: 4 of 4 tags go'] }),
      aNotice({ type: 'recovered', changes: [], since: NOW }),
    );

    expect(text).toMatchInlineSnapshot(`
      "*tagwarden*: 2 changed, 2 failed, 1 refused, 1 recovered
      *changed* \`swr-north/shop/web\`
      • → \`stable\` \`f0b672321a89 → 8ec5a17af827 from 1.4.2\` by \`shop channels[0]\`: \`newest version matching &gt;=1.0.0\`
      *changed* \`ims-north/67e17426-359e-49fb-aa12-0bd1756ec240\` \`golden-1\`
      • ~ \`stage\` \`test → prod\` by \`shop channels[0]\`: \`newest version matching &gt;=1.0.0\`
      • - \`old\` by \`shop retain[0]\`: \`too old\`
      *failed* \`swr-north/shop/web\` PROVIDER_AUTH: \`no\`
      *failed* \`swr-north/shop/web\` \`conflict\`
      *refused* \`swr-north/shop/web\`
      • \`guard allTags: 4 of 4 tags go\`
      *recovered* \`swr-north/shop/web\` not well since 2026-06-01T00:00:00.000Z"
    `);
  });

  test('createMessage() lets no text from outside be read as formatting, mention or link', () => {
    const hostile = '`<!channel> <http://evil|x> @here *b* _i_ \n> quote & \u202e\u0007 ```';

    const text = slackText(
      aNotice({
        name: hostile,
        target: { account: 'swr', path: hostile },
        changes: [{ ...MOVE, tag: hostile, value: hostile, replaces: hostile, because: hostile }],
      }),
    );

    expect(text.split('\n')).toHaveLength(3);
    // Outside of code there is nothing but our own words.
    expect(text.replaceAll(/`[^`]*`/g, '')).toBe(
      '*tagwarden*: 1 changed\n*changed*  \n• →   by : ',
    );
    expect(text).not.toMatch(/[<>\u202e]|&(?!amp;|lt;|gt;)/);
    expect(text).not.toContain('\u0007');
  });

  test('createMessage() keeps any text in code, on its own line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (value) => {
        const operation = { ...MOVE, type: 'add', tag: value, value, because: value } as const;
        const text = slackText(aNotice({ changes: [operation] }));

        expect(text.split('\n')).toHaveLength(3);
        expect(text.replaceAll(/`[^`]*`/g, '')).toBe(
          '*tagwarden*: 1 changed\n*changed* \n• ~   by : ',
        );
      }),
      { numRuns: 30 },
    );
  });

  test('createMessage() signs with every secret, at the time of the attempt', () => {
    const secrets = [new Secret(KEY), new Secret(OTHER)];
    const { body, headers } = createMessage('webhook', groupOf([aNotice()]), { ...PLAIN, secrets });
    const mac = (key: string, timestamp: string): string =>
      createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
        .update(`msg-1.${timestamp}.${body}`)
        .digest('base64');

    const first = headers(NOW);
    const later = headers(new Date(NOW.getTime() + 90_500));

    const at = NOW.getTime() / 1_000;
    expect(first).toEqual({
      'Content-Type': 'application/json',
      'webhook-id': 'msg-1',
      'webhook-timestamp': String(at),
      'webhook-signature': `v1,${mac(KEY, String(at))} v1,${mac(OTHER, String(at))}`,
    });
    expect(later['webhook-timestamp']).toBe(String(at + 90));
    expect(later['webhook-signature']).not.toBe(first['webhook-signature']);
  });

  test.each(['slack', 'webhook', 'cloudevents'] as const)(
    'createMessage() blanks secrets in what it sends to %s, before it signs',
    (type) => {
      const secrets = [new Secret(OTHER)];
      const scrub = (text: string): string => text.replaceAll('hunter22', '[secret]');
      const notice = aNotice({
        changes: [],
        type: 'failed',
        error: { code: null, message: 'hunter22' },
      });

      const { body, headers } = createMessage(type, groupOf([notice]), { secrets, scrub });

      expect(body).toContain('[secret]');
      expect(body).not.toContain('hunter22');
      const signed = signatureHeaders({ id: 'msg-1', body, secrets }, NOW);
      expect(headers(NOW)).toMatchObject(signed);
    },
  );

  test('createMessage() makes the vector of the Standard Webhooks libraries', () => {
    const mac = createHmac('sha256', Buffer.from(KEY.slice(6), 'base64'))
      .update('msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}')
      .digest('base64');

    expect(`v1,${mac}`).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('createMessage() makes a CloudEvent 1.0 in structured mode', () => {
    const { body, headers } = createMessage('cloudevents', groupOf([aNotice()]), PLAIN);

    expect(headers(NOW)).toEqual({
      'Content-Type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': 'msg-1',
    });
    expect(JSON.parse(body)).toMatchObject({
      specversion: '1.0',
      id: 'notice-1',
      source: '/tagwarden/accounts/swr-north',
      type: 'io.tagwarden.target.changed',
      subject: 'shop/web',
      time: NOW.toISOString(),
      datacontenttype: 'application/json',
      data: {
        target: 'swr-north/shop/web',
        changes: [{ tag: 'stable', replaces: MOVE.replaces }],
        run_id: 'run-1',
      },
    });
  });

  test('createMessage() bounds the changes of one event and counts them', () => {
    const changes = Array.from({ length: 150 }, () => MOVE);
    const { body } = createMessage('webhook', groupOf([aNotice({ changes })], 3), PLAIN);

    const { data } = JSON.parse(body) as {
      readonly data: {
        readonly dropped: number;
        readonly events: readonly [
          { readonly changes: readonly unknown[]; readonly change_count: number },
        ];
      };
    };
    expect(data.dropped).toBe(3);
    expect(data.events[0].changes).toHaveLength(100);
    expect(data.events[0].change_count).toBe(150);
  });

  test('createMessage() leaves out of an event what it does not have', () => {
    const notice = aNotice({
      type: 'refused',
      changes: [],
      reasons: ['guard'],
      name: 'golden-1',
      runId: null,
    });
    const { body } = createMessage('webhook', groupOf([notice]), PLAIN);

    expect(JSON.parse(body)).toMatchObject({
      data: { events: [{ reasons: ['guard'], name: 'golden-1', run_id: null }] },
    });
    expect(body).not.toContain('change_count');
  });

  test('createMessage() says in a chat how many notices were lost', () => {
    const text = (dropped: number): string =>
      createMessage('slack', groupOf([aNotice()], dropped), PLAIN).body;

    expect(text(1)).toContain('… 1 earlier notice lost: too many waited');
    expect(text(2)).toContain('… 2 earlier notices lost');
    expect(text(0)).not.toContain('lost');
  });
});
