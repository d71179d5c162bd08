import { afterEach, beforeEach } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually, fleetSeed, outOfPlace } from '../support/fleet.ts';

const CONVERGE_MS = 60_000;

export interface Fleet {
  /** Of the test that runs. */
  simulator(): Simulator;
  /** Waits until every target is as the policies of the fleet say. */
  converged(): Promise<void>;
}

/** A simulated fleet of its own for each test of a file. */
export function eachWithFleet(size: {
  readonly images: number;
  readonly repositories: number;
}): Fleet {
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed(size) });
  });
  afterEach(async () => {
    await simulator.close();
  });
  return {
    simulator: () => simulator,
    async converged() {
      await eventually(
        () => outOfPlace(simulator, size).length === 0,
        CONVERGE_MS,
        () => outOfPlace(simulator, size).join(),
      );
    },
  };
}
