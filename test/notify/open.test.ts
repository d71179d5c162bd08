import { inspect } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import { type Answer, startScriptedServer } from '../http/support/scripted-server.ts';
import { waitUntil } from '../http/support/wait.ts';
import { digestOf } from '../support/tags.ts';
import { aPass, aReceiver, aReport, KEY, MOVE, openBench, UNKNOWN } from './bench.ts';

async function aServer(...answers: readonly Answer[]) {
  const server = await startScriptedServer();
  onTestFinished(async () => await server.close());
  if (answers.length > 0) server.answer(...answers);
  return server;
}

describe('openNotifications()', () => {
  test('openNotifications() delivers a change with the value before, signed so that the reference library takes it', async () => {
    const server = await aServer();
    const url = new Secret(`${server.url}/hooks/x%2Fy/?a=1&b=%20`);
    const { notifications, events } = openBench([aReceiver({ url })], { now: () => new Date() });

    notifications.tell(aPass(aReport([MOVE])));
    await waitUntil(() => events.length === 1);

    const [received] = server.received;
    const { headers = {}, body = '' } = received ?? {};
    expect(received).toMatchObject({ method: 'POST', target: '/hooks/x%2Fy/?a=1&b=%20' });
    const verified = new Webhook(KEY).verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    });
    expect(verified).toMatchObject({
      type: 'tagwarden.notices',
      data: {
        dropped: 0,
        events: [
          {
            type: 'target.changed',
            target: 'swr-north/shop/web',
            change_count: 1,
            changes: [{ tag: 'stable', value: digestOf('1.4.2'), replaces: digestOf('1.4.1') }],
          },
        ],
      },
    });
    expect(() =>
      new Webhook(`whsec_${Buffer.alloc(24).toString('base64')}`).verify(body, {
        'webhook-id': String(headers['webhook-id']),
        'webhook-timestamp': String(headers['webhook-timestamp']),
        'webhook-signature': String(headers['webhook-signature']),
      }),
    ).toThrow('No matching signature');
    await notifications.close();
  });

  test('openNotifications() puts what happens within the window into one message', async () => {
    const server = await aServer();
    const { notifications, events } = openBench([
      aReceiver({ type: 'slack', url: new Secret(server.url), groupMs: 50, maxLines: 5 }),
    ]);

    for (let index = 0; index < 40; index += 1)
      notifications.tell(aPass(aReport([MOVE], { path: `shop/${index}` })));
    await waitUntil(() => events.length === 1);

    expect(events).toMatchObject([{ result: 'delivered', count: 40 }]);
    expect(server.received).toHaveLength(1);
    const { text } = JSON.parse(server.received[0]?.body ?? '') as { readonly text: string };
    expect(text.split('\n')).toHaveLength(7);
    expect(text).toMatch(/^\*tagwarden\*: 40 changed\n/);
    expect(text).toMatch(/\n… and 75 more lines$/);
    await notifications.close();
  });

  test('openNotifications() keeps to the rate, and gathers what comes meanwhile', async () => {
    const server = await aServer();
    const { notifications, events } = openBench([
      aReceiver({ type: 'slack', url: new Secret(server.url), groupMs: 0, messagesPerMinute: 120 }),
    ]);
    const startedMs = performance.now();

    for (let index = 0; index < 40; index += 1) {
      notifications.tell(aPass(aReport([MOVE])));
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await waitUntil(() => events.reduce((sum, { count }) => sum + count, 0) === 40);

    // Three at once, then one in half a second.
    const seconds = (performance.now() - startedMs) / 1_000;
    expect(server.received.length).toBeLessThanOrEqual(3 + Math.ceil(seconds * 2));
    expect(server.received.length).toBeGreaterThanOrEqual(3);
    await notifications.close();
  });

  test.each<[string, readonly Answer[], number, object]>([
    [
      'a fault, then an answer',
      [{ status: 503 }, { status: 200 }],
      2,
      { result: 'delivered', attempts: 2 },
    ],
    ['a cut connection', ['reset', { status: 204 }], 2, { result: 'delivered', attempts: 2 }],
    [
      'too many requests',
      [{ status: 429, headers: { 'retry-after': '0' } }, { status: 200 }],
      2,
      { result: 'delivered', attempts: 2 },
    ],
    [
      'faults without end',
      [{ status: 500 }],
      3,
      { result: 'failed', attempts: 3, detail: 'status 500' },
    ],
    ['no answer', ['hang'], 3, { result: 'failed', attempts: 3, detail: 'TIMEOUT' }],
    [
      'a redirect',
      [{ status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
      1,
      { result: 'rejected', detail: 'status 307' },
    ],
    [
      'a receiver that is gone',
      [{ status: 410 }],
      1,
      { result: 'rejected', attempts: 1, detail: 'status 410' },
    ],
    [
      'a page instead of an answer',
      [{ status: 200, body: '<html>' }],
      1,
      { result: 'delivered', attempts: 1 },
    ],
  ])('openNotifications() deals with %s', async (_name, answers, requests, event) => {
    const server = await aServer(...answers);
    const receiver = aReceiver({ url: new Secret(server.url) });
    const { notifications, events } = openBench([receiver], { timeoutMs: 60 });

    notifications.tell(aPass(aReport([MOVE])));
    await waitUntil(() => events.length === 1);

    expect(events).toMatchObject([event]);
    expect(server.received).toHaveLength(requests);
    expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await notifications.close();
  });

  test('openNotifications() drops the oldest when too many wait, and says how many', async () => {
    const server = await aServer({ status: 200 });
    const { notifications, events } = openBench([
      aReceiver({ url: new Secret(server.url), groupMs: 200, maxLines: 200 }),
    ]);

    for (let index = 0; index < 2_005; index += 1)
      notifications.tell(aPass(aReport([MOVE], { path: `shop/${index}` })));

    expect(events).toEqual(
      Array.from({ length: 5 }, () => expect.objectContaining({ result: 'dropped', count: 1 })),
    );
    await waitUntil(() => server.received.length > 0);
    const { data } = JSON.parse(server.received[0]?.body ?? '') as {
      readonly data: {
        readonly dropped: number;
        readonly events: readonly { readonly target: string }[];
      };
    };
    expect(data.dropped).toBe(5);
    expect(data.events[0]?.target).toBe('swr-north/shop/5');
    await notifications.close();
  });

  test('openNotifications() never waits for a receiver that hangs, not even to close', async () => {
    const server = await aServer('hang');
    const { notifications, events } = openBench(
      [aReceiver({ url: new Secret(server.url), maxLines: 1 })],
      { timeoutMs: 30_000 },
    );
    const startedMs = performance.now();

    for (let index = 0; index < 100; index += 1) notifications.tell(aPass(aReport([MOVE])));
    const toldMs = performance.now() - startedMs;
    await waitUntil(() => server.received.length === 1);
    await notifications.close();

    expect(toldMs).toBeLessThan(100);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    expect(events).toMatchObject([
      { result: 'failed', count: 1, detail: 'stopped' },
      { result: 'dropped', count: 99, detail: 'the process ended' },
    ]);
  });

  test('openNotifications() sends what still waits when it is closed', async () => {
    const server = await aServer();
    const { notifications, events } = openBench([
      aReceiver({ url: new Secret(server.url), groupMs: 60_000 }),
    ]);

    notifications.tell(aPass(aReport([MOVE])));
    await notifications.close();

    expect(events).toMatchObject([{ result: 'delivered', count: 1 }]);
  });

  test('openNotifications() tells nothing of URL or secret in what it reports', async () => {
    const url = new Secret('http://localhost:1/services/T000/B000/canary-token');
    const { notifications, events } = openBench([aReceiver({ url })], { attempts: 1 });

    notifications.tell(aPass(UNKNOWN));
    await waitUntil(() => events.length === 1);

    const told = inspect(events, { depth: 9 });
    expect(told).toContain('ECONNREFUSED');
    expect(told).not.toMatch(/canary|services|T000|whsec/);
    await notifications.close();
  });

  test('openNotifications() wants nothing when nobody is to be told', () => {
    expect(openBench([]).notifications.wanted).toBe(false);
  });
});
