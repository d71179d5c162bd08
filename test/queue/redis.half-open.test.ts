import { expect, inject, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { proxyTo } from './half-open-proxy.ts';
import { aWorld, pause, SILENT, unique, until } from './support.ts';

test('openBackend() gives up connections that carry nothing any more: workers and adds go on', async () => {
  const proxy = await proxyTo(inject('redisUrl'));
  const prefix = `{${unique('tags')}}`;
  const backend = await openBackend(proxy.url, { log: SILENT, prefix, silenceMs: 2_000 });
  const world = aWorld(backend, ['swr']);
  const settings = { ...world.options.settings, drainDelayS: 1 };
  const engine = createEngine({ ...world.options, settings, roles: new Set(['worker']) });
  await engine.start();
  await pause(300);

  proxy.swallow();
  const during = engine.trigger({ account: 'swr', path: 'during' }, 'webhook');
  await expect(during).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await until(
    'an add that is taken',
    async () =>
      await engine.trigger({ account: 'swr', path: 'after' }, 'webhook').then(
        () => true,
        () => false,
      ),
    10_000,
  );
  await until(
    'the pass',
    () => world.requests.some(({ target }) => target.path === 'after'),
    10_000,
  );

  await engine.stop({ graceMs: 1_000 });
  await backend.close();
}, 40_000);
