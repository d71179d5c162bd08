import { describe, expect, test } from 'vitest';
import { ProblemBody } from '../../../src/api/problem.ts';
import { ReconcileError } from '../../../src/model/errors.ts';
import { encodeCursor } from '../../../src/server/api/cursor.ts';
import { storeBench } from '../../service/service-bench.ts';
import { type BenchOptions, NOW, serveApi, TOKEN } from './api-bench.ts';

const BIG = JSON.stringify({ target: `swr-north/${'x'.repeat(20_000)}` });
const NUL_TARGET = JSON.stringify({ target: 'swr-north/shop\0' });
const DEEP = `${'['.repeat(8_000)}${']'.repeat(8_000)}`;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('mountApi()', () => {
  const newStore = storeBench();
  const serve = async (options: Partial<BenchOptions> = {}) =>
    await serveApi({ store: newStore(), ...options });

  test.each([
    { given: 'no header', authorization: '' },
    { given: 'another token', authorization: `Bearer ${TOKEN.replace('0', '1')}` },
    { given: 'the beginning of the token', authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    { given: 'more than the token', authorization: `Bearer ${TOKEN}x` },
    { given: 'the token without a scheme', authorization: TOKEN },
    { given: 'another scheme', authorization: `Basic ${btoa(`x:${TOKEN}`)}` },
    { given: 'an empty token', authorization: 'Bearer ' },
    { given: 'two tokens', authorization: `Bearer ${TOKEN} ${TOKEN}` },
  ])('mountApi() refuses $given, whatever is asked for', async ({ authorization }) => {
    const { url } = await serve();
    const headers = { authorization };

    const answers = await Promise.all(
      ['/status', '/nothing', '/openapi.json', '/triggers'].map(
        async (path) => await fetch(`${url}/api/v1${path}`, { headers }),
      ),
    );

    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(await answer.json()).toMatchObject({ type: 'urn:tagwarden:problem:unauthorized' });
    }
  });

  test('mountApi() reads no body of who has no token', async () => {
    const { url } = await serve();

    const answer = await fetch(`${url}/api/v1/triggers`, { method: 'POST', body: '{"not json' });

    expect(answer.status).toBe(401);
  });

  test.each([
    ['not-found', 404, '/nothing', {}],
    ['not-found', 404, '/', {}],
    ['not-found', 404, '/runs/unknown', {}],
    ['not-found', 404, '/targets/swr-north%2Fshop', {}],
    ['malformed', 400, '/targets/%zz', {}],
    ['method-not-allowed', 405, '/status', { method: 'POST' }],
    ['method-not-allowed', 405, '/openapi.json', { method: 'DELETE' }],
    ['method-not-allowed', 405, '/targets/a%2Fb', { method: 'PATCH' }],
    ['too-large', 413, '/triggers', { method: 'POST', body: BIG, headers: JSON_TYPE }],
    ['unsupported-media-type', 415, '/triggers', { method: 'POST', body: 'target=x' }],
    ['malformed', 400, '/triggers', { method: 'POST', body: '{"target', headers: JSON_TYPE }],
    [
      'malformed',
      400,
      '/triggers',
      { method: 'POST', body: '{"__proto__":{"target":"a/b"}}', headers: JSON_TYPE },
    ],
    ['malformed', 400, '/triggers', { method: 'POST', body: '', headers: JSON_TYPE }],
    ['invalid', 422, '/triggers', { method: 'POST', body: '{}', headers: JSON_TYPE }],
    ['invalid', 422, '/triggers', { method: 'POST' }],
    ['invalid', 422, '/targets/no-slash', {}],
    ['invalid', 422, '/targets?status=odd', {}],
    ['invalid', 422, '/targets?limit=0', {}],
    ['invalid', 422, '/targets?limit=501', {}],
    ['invalid', 422, '/targets?limit=ten', {}],
    ['invalid', 422, '/targets?unknown=1', {}],
    ['invalid', 422, '/targets?glob=%7B', {}],
    ['invalid', 422, '/targets?policy=none', {}],
    ['invalid', 422, '/targets?cursor=none', {}],
    ['invalid', 422, '/runs?cursor=WzEsIngiLCJ5Il0', {}],
    ['invalid', 422, `/runs?cursor=${encodeCursor('0 \0', 'runs')}`, {}],
    ['invalid', 422, '/targets/swr-north%2Fshop%00', {}],
    ['invalid', 422, '/targets?account=%00', {}],
    ['invalid', 422, '/triggers', { method: 'POST', body: NUL_TARGET, headers: JSON_TYPE }],
    ['invalid', 422, '/triggers', { method: 'POST', body: DEEP, headers: JSON_TYPE }],
    ['invalid', 422, '/pauses?type=policy', { method: 'DELETE' }],
    ['invalid', 422, '/pauses?type=all&glob=x', { method: 'DELETE' }],
    ['not-found', 404, '/pauses?type=all', { method: 'DELETE' }],
    ['not-found', 404, '/targets/a%2Fb/quarantine', { method: 'DELETE' }],
    ['unavailable', 503, '/explain?target=swr-north%2Fshop', {}],
    ['invalid', 422, '/explain?target=shop', {}],
  ] as const)('mountApi() answers %s with %i to %s %o', async (name, status, path, init) => {
    const { ask } = await serve();

    const answer = await ask(path, init);

    const body = await answer.json();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(ProblemBody.strict().parse(body)).toMatchObject({
      type: `urn:tagwarden:problem:${name}`,
      status,
    });
  });

  test('mountApi() names the methods that are possible', async () => {
    const { ask } = await serve();

    const answer = await ask('/pauses', { method: 'PUT' });

    expect(answer.headers.get('allow')).toBe('GET, POST, DELETE, HEAD');
  });

  test.each([
    [{ type: 'policy', policy: 'none' }, 'there is no policy "none"'],
    [{ type: 'targets', glob: 'swr-south/**' }, 'account "swr-south" is not configured'],
  ])('mountApi() refuses a pause of %j', async (scope, detail) => {
    const { ask } = await serve();

    const answer = await ask('/pauses', {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ scope }),
    });

    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(JSON.stringify(detail).slice(1, -1));
  });

  test('mountApi() gives what it triggers the id of the request', async () => {
    const ids: string[] = [];
    const { ask } = await serve({
      deployment: { trigger: async (_target, id) => void ids.push(id) },
    });

    const answer = await ask('/triggers', {
      method: 'POST',
      headers: { ...JSON_TYPE, 'x-request-id': 'ticket-7' },
      body: '{"target":"swr-north/shop"}',
    });

    expect(await answer.json()).toMatchObject({ correlation_id: 'ticket-7' });
    expect(ids).toEqual(['ticket-7']);
  });

  test('mountApi() says what is wrong where', async () => {
    const { ask } = await serve();

    const answer = await ask('/targets?status=odd&limit=0');

    expect(await answer.json()).toMatchObject({
      errors: [{ path: 'query.status' }, { path: 'query.limit' }],
    });
  });

  test('mountApi() tells the words of a known failure, and nothing of a defect', async () => {
    const defect = new Error('redis://:hunter2@queue refused');
    const down = new ReconcileError('QUEUE_UNAVAILABLE', 'Cannot read runs: no answer');
    const { ask, requests } = await serve({
      deployment: {
        queues: async () => await Promise.reject(defect),
        sweep: async () => await Promise.reject(down),
        trigger: async () => await Promise.reject(down),
      },
    });

    const failed = await ask('/status');
    const unavailable = await ask('/triggers', {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"target":"swr-north/shop"}',
    });

    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toMatch(/hunter2|stack|redis/);
    expect(requests[0]).toMatchObject({ operation: 'readStatus', status: 500, fault: defect });
    expect(unavailable.status).toBe(503);
    expect(unavailable.headers.get('retry-after')).toBe('5');
    expect(await unavailable.json()).toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      detail: 'Cannot read runs: no answer',
    });
  });

  test('mountApi() blanks secrets in whatever leaves', async () => {
    const { ask } = await serve({
      deployment: { accounts: ['hunter22'] },
      scrub: (text) => text.replaceAll('hunter22', '[secret]'),
    });

    const text = await (await ask('/status')).text();
    const problem = await (await ask('/targets/a%2Fhunter22')).text();

    expect(`${text}${problem}`).not.toContain('hunter22');
    expect(text).toContain('[secret]');
  });

  test('mountApi() serves nothing without a token of its own', async () => {
    const { ask } = await serve({ parts: { token: null } });

    const answer = await ask('/status');

    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ type: 'urn:tagwarden:problem:api-off' });
  });

  test('mountApi() asks for patience while there is nothing to serve', async () => {
    const { ask } = await serve({ parts: { deployment: () => null } });

    const answer = await ask('/status');

    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  test('mountApi() keeps answers out of caches, frames and other sites', async () => {
    const { ask, url } = await serve();

    for (const answer of [await ask('/status'), await fetch(`${url}/api/v1/status`)]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test.each([
    { given: 'delivery-7.a', shown: 'delivery-7.a' },
    { given: 'x'.repeat(65), shown: 'made-here' },
    { given: 'a"b', shown: 'made-here' },
  ])('mountApi() answers under the id $given as $shown', async ({ given, shown }) => {
    const { ask } = await serve();

    const answer = await ask('/nothing', { headers: { 'x-request-id': given } });

    expect(answer.headers.get('x-request-id')).toBe(shown);
    expect(await answer.json()).toMatchObject({ request_id: shown });
  });

  test('mountApi() slows down who guesses, and nobody else', async () => {
    const { ask, url } = await serve();
    const guess = async () => (await fetch(`${url}/api/v1/status`)).status;

    const statuses: number[] = [];
    for (let count = 0; count < 22; count += 1) statuses.push(await guess());
    const good = await ask('/status');

    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(statuses.slice(20)).toEqual([429, 429]);
    expect(good.status).toBe(200);
  });

  test('mountApi() bounds how fast the API is asked', async () => {
    const { ask } = await serve({ parts: { now: () => NOW } });

    const statuses: number[] = [];
    for (let count = 0; count < 1_010; count += 1) statuses.push((await ask('/nothing')).status);

    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  });
});
