import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import type { CloudAnswer, CloudCalls, CloudRequest } from './cloud-calls.ts';
import {
  type FleetSize,
  fleetSeed,
  imageId,
  type Justified,
  justifiedWrites,
  outOfPlace,
  repositoryName,
  targetsOf,
  WRITES_PER_TARGET,
} from './fleet.ts';
import { judge, redundantWrites } from './verify.ts';

/** The fake clouds in a process of their own, driven over Node's channel to the parent. */
interface Running {
  readonly simulator: Simulator;
  readonly size: FleetSize;
  readonly justified: Justified;
  /** Writes it takes from where the world was at the last `forget`. */
  needed: number;
}

let running: Running | null = null;

function clouds(): Running {
  if (running === null) throw new Error('the clouds were not started');
  return running;
}

const calls: { [Name in keyof CloudCalls]: (...args: Parameters<CloudCalls[Name]>) => unknown } = {
  async start(size) {
    const simulator = await startSimulator({ seed: fleetSeed(size) });
    const justified = justifiedWrites(simulator.world, size);
    running = { simulator, size, justified, needed: targetsOf(size) * WRITES_PER_TARGET };
    return simulator.endpoints;
  },
  status() {
    const { simulator, size } = clouds();
    const executed = simulator.journal.executed();
    return {
      outOfPlace: outOfPlace(simulator.world, size).length,
      requests: simulator.requests.total,
      executed: executed.length,
      writeRequests: new Set(executed.map(({ requestId }) => requestId)).size,
      byOperation: simulator.requests.byOperation,
      lastRequestAt: simulator.requests.list.at(-1)?.at ?? 0,
    };
  },
  faults(faults) {
    const { simulator } = clouds();
    const { latencyMs } = simulator.faults;
    simulator.faults.clear();
    simulator.faults.latencyMs = latencyMs;
    if (faults !== null) simulator.faults.random(faults);
  },
  latency(ms) {
    clouds().simulator.faults.latencyMs = ms;
  },
  drift: (indices) => indices.flatMap((index) => drift(clouds(), index) ?? []),
  verdict() {
    const { simulator, size, justified, needed } = clouds();
    const executed = simulator.journal.executed();
    const lost = outOfPlace(simulator.world, size);
    return {
      ...judge({ lost, executed, justified, minimum: needed }),
      redundant: redundantWrites(executed),
    };
  },
  forget() {
    const state = clouds();
    state.simulator.journal.reset();
    state.simulator.requests.reset();
    state.needed = 0;
  },
  writes: () =>
    clouds()
      .simulator.journal.executed()
      .map(({ target, operation, key, at }) => ({ target, operation, key, at })),
};

/** One tag gets a wrong value that one write mends; null: it is wrong already. */
function drift(state: Running, index: number): string | null {
  const { world } = state.simulator;
  const { images } = state.size;
  if (index < images) {
    const id = imageId(index);
    if (world.imageTags(id)['stage'] !== 'prod') return null;
    world.setImageTag(id, 'stage', 'dev');
    state.needed += 1;
    return id;
  }
  const name = repositoryName(index - images);
  const tags = world.repositoryTags(name);
  const [old, latest] = [tags['v1.0.0'], tags['v1.2.0']];
  if (old === undefined || tags['stable'] !== latest) return null;
  world.setRepositoryTag(name, 'stable', old);
  state.needed += 1;
  return name;
}

async function answer({ id, name, args }: CloudRequest): Promise<CloudAnswer> {
  try {
    const call = calls[name] as (...given: readonly unknown[]) => unknown;
    return { id, value: await call(...args) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

process.on('message', (request: CloudRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
// Nobody is left to ask.
process.on('disconnect', () => process.exit());
