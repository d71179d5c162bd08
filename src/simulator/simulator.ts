import { createControl } from './control.ts';
import { DEFAULT_SEED } from './default-seed.ts';
import type { Service } from './exchange.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Listener, listen } from './http-server.ts';
import { createHuaweiGate } from './huawei-gate.ts';
import { createIam } from './iam.ts';
import { createIms } from './ims.ts';
import { createJournal, type Journal } from './journal.ts';
import { createPipeline } from './pipeline.ts';
import { createRandom } from './random.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { SeedSchema } from './seed.ts';
import { createSwr } from './swr.ts';
import { createTokenStore } from './token-store.ts';
import { createUhub } from './uhub.ts';
import { createWorld, type World } from './world.ts';

/** How to start; everything has a default. */
export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Base port: iam, then ims, swr, uhub, control. 0 or absent: free ports. */
  readonly port?: number;
  /** Parsed seed document, checked strictly; the demo world when absent. */
  readonly seed?: unknown;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
  /** Numbers in [0, 1) for random faults; default a seeded generator. */
  readonly random?: () => number;
}

/** Base URLs without a final slash. */
export interface Endpoints {
  readonly iam: string;
  readonly ims: string;
  readonly swr: string;
  readonly uhub: string;
  readonly control: string;
}

/** The running fake clouds. */
export interface Simulator {
  readonly endpoints: Endpoints;
  readonly world: World;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly requests: RequestLog;
  /** Cuts every connection, hanging ones included. May be called twice. */
  readonly close: () => Promise<void>;
}

const RANDOM_SEED = 20_261_121;

/** Starts all fake clouds; rejects when the seed is invalid or a port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, now = Date.now } = options;
  const world = createWorld(SeedSchema.parse(options.seed ?? DEFAULT_SEED), now);
  const faults = createFaults(options.random ?? createRandom(RANDOM_SEED));
  const journal = createJournal();
  const requests = createRequestLog();

  const answers = [
    ...createServices(world, now).map((service) =>
      createPipeline({ service, faults, journal, requests, now }),
    ),
    createControl({ world, faults, journal, requests }),
  ];
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listeners.splice(0).map((listener) => listener.close()));
  };
  try {
    for (const [index, answer] of answers.entries()) {
      listeners.push(await listen({ host, port: port === 0 ? 0 : port + index, answer }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [iam = '', ims = '', swr = '', uhub = '', control = ''] = listeners.map(({ url }) => url);
  return { endpoints: { iam, ims, swr, uhub, control }, world, faults, journal, requests, close };
}

/** In the order of the ports. */
function createServices(world: World, now: () => number): Service[] {
  const tokens = createTokenStore();
  const gate = createHuaweiGate({ credentials: world.credentials.huawei, tokens, now });
  return [
    createIam({ world, tokens, gate, now }),
    createIms({ world, gate }),
    createSwr({ world, gate }),
    createUhub({ world, now }),
  ];
}
