import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed, imageId } from '../support/fleet.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';
import { runHere } from './run-here.ts';

describe('apply()', () => {
  let simulator: Simulator;
  let workspace: Workspace;

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 1 }) });
    workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies(),
      config: { pause: [{ targets: 'swr-north/**', reason: 'migration' }] },
    });
  });

  afterEach(async () => {
    await simulator.close();
    await workspace.remove();
  });

  test('apply() makes no write that the configuration pauses, says so, and is partly done', async () => {
    const { code, stdout } = await runHere(['apply', '--config', workspace.configFile], KEY_ENV);

    const written = new Set(simulator.journal.entries.map(({ target }) => target));
    expect([...written]).toEqual([imageId(0)]);
    expect(stdout).toContain('skipped: paused by config: migration');
    expect(code).toBe(4);
  });
});
