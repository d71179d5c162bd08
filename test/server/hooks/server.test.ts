import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { aHook, hookOf, openHooks, send } from './hook-bench.ts';
import { OTHER, SECRET, SENDERS, type Sender, signed } from './senders.ts';

function sender(name: string): Sender {
  const found = SENDERS[name];
  if (found === undefined) throw new Error(`no sender ${name}`);
  return found;
}

const hmac = sender('hmac');

describe('startHooks()', () => {
  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])(
    'startHooks() answers %s with 405',
    async (method) => {
      const { url } = await openHooks([aHook()]);

      const answer = await send(`${url}/hooks/one`, signed(hmac), method);

      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('POST');
    },
  );

  test.each(['/hooks/other', '/hooks/', '/hooks/one/more', '/livez', '/'])(
    'startHooks() knows nothing at %s',
    async (path) => {
      const { url, handled } = await openHooks([aHook()]);

      const answer = await send(`${url}${path}`, signed(hmac));

      expect(answer).toMatchObject({ status: 404, text: '{"status":"refused"}' });
      expect(handled).toMatchObject([{ hook: null, provider: 'none', result: 'not_found' }]);
    },
  );

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/json, application/json',
    '',
  ])('startHooks() refuses the content type "%s"', async (type) => {
    const { post, handled } = await openHooks([aHook()]);
    const sent = signed(hmac);
    const lines = sent.lines.filter(([name]) => name !== 'content-type');

    const answer = await post({ ...sent, lines: [...lines, ['content-type', type]] });

    expect(answer.status).toBe(415);
    expect(handled).toMatchObject([{ result: 'unsupported' }]);
  });

  test('startHooks() takes either of two secrets while they are rotated, and a third never', async () => {
    const secrets = [new Secret(SECRET), new Secret(OTHER)];
    const { post } = await openHooks([aHook({ secrets })]);
    const body = (id: number) => Buffer.from(JSON.stringify({ id: String(id), repository: 'a/b' }));

    const old = await post(signed(hmac, body(1), SECRET));
    const next = await post(signed(hmac, body(2), OTHER));
    const third = await post(signed(hmac, body(3), `${OTHER}x`));

    expect([old.status, next.status, third.status]).toEqual([202, 202, 401]);
  });

  test('startHooks() makes one job of a delivery that comes 1,000 times', async () => {
    const { post, asked } = await openHooks([aHook()]);
    const statuses: number[] = [];

    for (let batch = 0; batch < 20; batch += 1) {
      const answers = Array.from({ length: 50 }, async () => await post(signed(hmac)));
      statuses.push(...(await Promise.all(answers)).map(({ status }) => status));
    }

    expect(asked).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([202]));
  });

  test.each(['down', 'silent'] as const)(
    'startHooks() answers 503 within 2 s while the queue is %s, and takes the repeat',
    async (mode) => {
      const { post, asked, queue, memory, handled } = await openHooks([aHook()]);
      queue.mode = mode;
      const startedAt = performance.now();

      const refused = await post(signed(hmac));
      const tookMs = performance.now() - startedAt;
      const isKept = [...memory.values()].includes('known');
      queue.mode = 'up';
      // A claim that nobody gave back ends by itself in the store.
      if (mode === 'silent') memory.clear();
      const repeat = await post(signed(hmac));

      expect(refused.status).toBe(503);
      expect(refused.headers['retry-after']).toBe('5');
      expect(tookMs).toBeLessThan(2_000);
      expect(isKept).toBe(false);
      expect(repeat).toMatchObject({ status: 202, text: '{"status":"accepted"}' });
      expect(asked).toHaveLength(1);
      expect(handled.map(({ result }) => result)).toEqual(['unavailable', 'accepted']);
    },
  );

  test('startHooks() does not call a delivery a duplicate that another process may yet fail at', async () => {
    const { post, memory } = await openHooks([aHook()]);
    await post(signed(hmac));
    for (const id of memory.keys()) memory.set(id, 'pending');

    const answer = await post(signed(hmac));

    expect(answer.status).toBe(503);
  });

  test('startHooks() answers a ping only after it is verified', async () => {
    const github = sender('github-push');
    const { post, handled, asked } = await openHooks([hookOf(github)]);
    const ping = { ...github, headers: [['x-github-event', 'ping']] as const };
    const body = Buffer.from('{"zen":"Keep it logically awesome."}');

    const forged = await post(signed(ping, body, OTHER));
    const answer = await post(signed(ping, body));

    expect(forged.status).toBe(401);
    expect(answer).toMatchObject({ status: 202, text: '{"status":"ignored"}' });
    expect(handled.map(({ result }) => result)).toEqual(['bad_signature', 'ignored']);
    expect(asked).toEqual([]);
  });

  test('startHooks() tells provider, event, delivery, result, latency and source, and nothing else', async () => {
    const github = sender('github-push');
    const { post, handled, asked } = await openHooks([hookOf(github)]);

    await post(signed(github));

    expect(handled).toEqual([
      {
        hook: 'one',
        provider: 'github-push',
        event: 'push',
        correlationId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
        result: 'accepted',
        durationMs: 7,
        source: '127.0.0.1',
      },
    ]);
    expect(asked[0]?.correlationId).toBe('72d3162e-cc78-11e3-81ab-4c9367dc0958');
  });

  test('startHooks() gives a delivery an id of its own whose own one is no plain text', async () => {
    const { post, asked } = await openHooks([aHook()]);
    const body = Buffer.from(JSON.stringify({ id: 'a\nb', repository: 'shop/web' }));

    await post(signed(hmac, body));

    expect(asked[0]?.correlationId).toBe('made-up');
  });

  test('startHooks() believes anybody only where it is told to', async () => {
    const dockerhub = sender('dockerhub');
    const { post, asked } = await openHooks([hookOf(dockerhub, { secrets: [] })]);

    const answer = await post({ ...signed(dockerhub), query: '' });

    expect(answer.status).toBe(202);
    expect(asked).toHaveLength(1);
  });

  test('startHooks() refuses plain HTTP in front of the proxy when told to', async () => {
    const options = { requireHttps: true, trustedProxies: ['127.0.0.1'] };
    const { post, handled } = await openHooks([aHook()], options);
    const sent = signed(hmac);
    const over = (scheme: string) => ({
      ...sent,
      lines: [...sent.lines, ['x-forwarded-proto', scheme] as const],
    });

    const plain = await post(over('http'));
    const silent = await post(sent);
    const secure = await post(over('https'));

    expect([plain.status, silent.status, secure.status]).toEqual([403, 403, 202]);
    expect(handled[0]).toMatchObject({ result: 'insecure' });
  });

  test('startHooks() believes X-Forwarded-For of trusted proxies alone', async () => {
    const forwarded = [...signed(hmac).lines, ['x-forwarded-for', '203.0.113.7'] as const];
    const behind = await openHooks([aHook()], { trustedProxies: ['127.0.0.0/8'] });
    const open = await openHooks([aHook()]);

    await behind.post({ ...signed(hmac), lines: forwarded });
    await open.post({ ...signed(hmac), lines: forwarded });

    expect(behind.handled[0]?.source).toBe('203.0.113.7');
    expect(open.handled[0]?.source).toBe('127.0.0.1');
  });

  test('startHooks() ignores events and repositories that are not allowed', async () => {
    const { post } = await openHooks([
      aHook({ name: 'events', events: ['delete'] }),
      aHook({ name: 'names', repositories: ['other/*'] }),
      aHook({ name: 'both', repositories: ['shop/*'], events: ['push'] }),
    ]);

    const answers = ['events', 'names', 'both'].map(async (name) => await post(signed(hmac), name));

    const texts = (await Promise.all(answers)).map(({ text }) => text);
    expect(texts).toEqual([
      '{"status":"ignored"}',
      '{"status":"ignored"}',
      '{"status":"accepted"}',
    ]);
  });

  test('startHooks() keeps the same delivery apart at two hooks', async () => {
    const { post, asked } = await openHooks([aHook(), aHook({ name: 'two' })]);

    await post(signed(hmac), 'one');
    await post(signed(hmac), 'two');

    expect(asked).toHaveLength(2);
  });

  test('startHooks() says nothing of what failed', async () => {
    const { post } = await openHooks([aHook()]);

    const answer = await post(signed(hmac, Buffer.from('{"id":7}')));

    expect(answer).toMatchObject({ status: 400, text: '{"status":"refused"}' });
  });

  test('startHooks() refuses a port that is taken, naming its keys', async () => {
    const { url } = await openHooks([aHook()]);
    const port = Number(new URL(url).port);

    await expect(openHooks([aHook()], { port })).rejects.toThrow(
      /EADDRINUSE.*server\.hooksHost and server\.hooksPort/,
    );
  });
});
