import { describe, expect, test } from 'vitest';
import { Secret } from '../src/model/secret.ts';
import { createProvider } from '../src/providers/catalog.ts';
import { reconcile } from '../src/reconcile.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { KEYS } from './support/workspace.ts';

describe('reconcile()', () => {
  test.each([
    [{ name: 'golden-1' }, 'img-1', 'golden-1'],
    [{ name: 'web' }, 'shop/web', null],
    [{}, 'img-1', null],
    [null, 'img-1', null],
  ])('names a target by the facts %j of "%s" as %s', async (attributes, path, name) => {
    await using resources = new AsyncDisposableStack();
    const simulator = await startSimulator();
    resources.defer(async () => await simulator.close());
    const provider = createProvider(
      {
        name: 'ims-north',
        provider: 'huawei-ims',
        endpoint: simulator.endpoints.ims,
        region: 'cn-north-4',
        projectId: KEYS.projectId,
        auth: {
          type: 'access-key',
          accessKey: new Secret(KEYS.accessKey),
          secretKey: new Secret(KEYS.secretKey),
          securityToken: null,
        },
        limits: { requestsPerSecond: 100, burst: 10, concurrency: 2 },
        timeoutMs: 5_000,
        protect: [],
        caFile: null,
      },
      { now: () => new Date(), random: Math.random },
    );
    resources.defer(async () => await provider.close());

    const report = await reconcile(
      provider,
      {
        target: { account: 'ims-north', path },
        policies: [],
        attributes,
        guards: { maxDeletePercent: 30 },
        protect: [],
        baseline: null,
        confirmed: new Set(),
        now: () => new Date(),
        dryRun: true,
      },
      { signal: AbortSignal.timeout(5_000) },
    );

    expect(report.name).toBe(name);
  });
});
