import { afterEach, beforeEach } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type FleetSize, fleetPolicies, fleetSeed } from './fleet.ts';
import { type Finished, runTagwarden } from './service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from './workspace.ts';

/** A simulator with a small fleet and a workspace, new for each test of the block it is called in. */
export interface CliBench {
  readonly simulator: Simulator;
  readonly workspace: Workspace;
  /** Runs a command with the workspace's configuration. */
  readonly tagwarden: (
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<Finished>;
}

/** Registers set-up and tear-down; read the parts inside tests only. */
export function useCliBench(size: FleetSize): CliBench {
  const current: { simulator?: Simulator; workspace?: Workspace } = {};
  beforeEach(async () => {
    const simulator = await startSimulator({ seed: fleetSeed(size) });
    current.simulator = simulator;
    current.workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies(),
    });
  });
  afterEach(async () => {
    await current.simulator?.close();
    await current.workspace?.remove();
  });
  return {
    get simulator() {
      return inUse(current.simulator);
    },
    get workspace() {
      return inUse(current.workspace);
    },
    tagwarden: async (args, env = {}) => {
      const { configFile } = inUse(current.workspace);
      return await runTagwarden([...args, '--config', configFile], { ...KEY_ENV, ...env });
    },
  };
}

function inUse<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the bench is set up for tests only');
  return part;
}
