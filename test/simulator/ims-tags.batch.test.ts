import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { CREDENTIALS, createHuaweiCaller, PROJECT } from './wire.ts';

const TAGS = `/v2/${PROJECT}/images/img-1/tags`;

let simulator: Simulator;
let call: Awaited<ReturnType<typeof createHuaweiCaller>>;

beforeEach(async () => {
  simulator = await startSimulator({
    seed: {
      credentials: CREDENTIALS,
      images: [{ id: 'img-1', name: 'one', tags: { env: 'prod' } }],
    },
  });
  call = await createHuaweiCaller(simulator, simulator.endpoints.ims);
});
afterEach(async () => {
  await simulator.close();
});

const batch = async (action: string, tags: unknown) =>
  await call('POST', `${TAGS}/action`, { action, tags });

describe('POST …/tags/action', () => {
  test.each([
    ['unpublished', 404, 'APIGW.0101'],
    ['404', 404, 'NotFound'],
    ['405', 405, 'MethodNotAllowed'],
  ] as const)(
    'is missing in a region by switch (%s), one key a call is not',
    async (how, status, code) => {
      simulator.world.switches.ims.batchMissing = how;

      const reply = await batch('delete', [{ key: 'env' }]);

      expect(reply.status).toBe(status);
      expect(reply.text).toContain(code);
      expect((await call('DELETE', `${TAGS}/env`)).status).toBe(204);
    },
  );

  test.each([
    ['create', { env: 'x', a: '1', b: '1' }, { env: 'x', a: '1' }],
    ['delete', { env: '', a: '', b: '' }, { b: '0' }],
  ])(
    'is carried out for the first half by the fault "partial" (%s)',
    async (action, tags, after) => {
      if (action === 'delete')
        for (const key of ['a', 'b']) simulator.world.setImageTag('img-1', key, '0');
      simulator.faults.add({ kind: 'partial' });

      const reply = await batch(
        action,
        Object.entries(tags).map(([key, value]) => ({ key, value })),
      );

      expect(reply.status).toBe(500);
      expect(simulator.world.imageTags('img-1')).toEqual(after);
      expect(simulator.journal.entries).toMatchObject([
        { key: 'env', executed: true, fault: 'partial', status: 500 },
        { key: 'a', executed: true },
        { key: 'b', executed: false },
      ]);
    },
  );
});
