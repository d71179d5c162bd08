import { describe, expect, onTestFinished, test } from 'vitest';
import { createClouds, createOwnBudgets } from '../src/clouds.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { loadConfig } from '../src/config/load.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import type { CloudEvent } from '../src/telemetry/metrics.ts';
import { fleetPolicies, fleetSeed, repositoryName } from './support/fleet.ts';
import { createWorkspace, KEY_ENV } from './support/workspace.ts';

describe('createClouds()', () => {
  test.each([
    { what: 'nothing of a key that its cloud knows', env: {}, reasons: [] },
    {
      what: 'of a secret that is not the one of the key',
      env: { HW_SK: 'another-secret-key-000000000000000000000' },
      reasons: ['credentials'],
    },
  ])('createClouds() tells $what', async ({ env, reasons }) => {
    const simulator = await startSimulator({ seed: fleetSeed({ images: 0, repositories: 1 }) });
    onTestFinished(async () => await simulator.close());
    const policies = fleetPolicies();
    const workspace = await createWorkspace({ simulator, queueUrl: 'embedded:./queue', policies });
    onTestFinished(async () => await workspace.remove());
    const environment = readEnvironment({ ...KEY_ENV, ...env });
    const file = workspace.configFile;
    const config = loadConfig({ file, environment, onSecret: () => undefined });
    const clouds = createClouds(config.accounts, createOwnBudgets({ maxDeletesPerHour: 1 }));
    onTestFinished(async () => await clouds.close());
    const events: CloudEvent[] = [];
    clouds.onEvent((event) => events.push(event));

    const target = { account: 'swr-north', path: repositoryName(0) };
    await clouds.providers
      .get('swr-north')
      ?.list(target, new AbortController().signal)
      .catch(() => undefined);

    expect(events.filter(({ type }) => type === 'unauthorized')).toEqual(
      reasons.map((reason) => ({ account: 'swr-north', type: 'unauthorized', reason })),
    );
    expect(events.length).toBeGreaterThan(0);
  });
});
