import { createControl } from './control.ts';
import { DEFAULT_SEED } from './default-seed.ts';
import type { Service } from './exchange.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Listener, listen } from './http-server.ts';
import { createHuaweiGate } from './huawei-gate.ts';
import { createIam } from './iam.ts';
import { createIms } from './ims.ts';
import { createJournal, type Journal } from './journal.ts';
import { createOci } from './oci.ts';
import { createOciBackend, createSwrBackend, createUhubBackend } from './oci-backend.ts';
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
  /** Base port, then as in `Endpoints`. 0 or absent: free ports. */
  readonly port?: number;
  /** Parsed seed document, checked strictly; the demo world when absent. */
  readonly seed?: unknown;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
  /** Numbers in [0, 1) for random faults; default a seeded generator. */
  readonly random?: () => number;
}

/** Base URLs without a final slash, in the order of the ports. */
export interface Endpoints {
  readonly iam: string;
  readonly ims: string;
  readonly swr: string;
  readonly uhub: string;
  readonly control: string;
  /** The plain OCI registry. */
  readonly oci: string;
  /** The registry over the tags of `swr`. */
  readonly swrRegistry: string;
  /** The registry over the tags of `uhub`. */
  readonly uhubRegistry: string;
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
  const faults = createFaults(options.random ?? createRandom(RANDOM_SEED), now);
  const journal = createJournal();
  const requests = createRequestLog();

  const toAnswer = (service: Service) =>
    createPipeline({ service, faults, journal, requests, now });
  const answers = [
    ...createServices(world, now).map(toAnswer),
    createControl({ world, faults, journal, requests }),
    ...createRegistries(world, now).map(toAnswer),
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
  const endpoints = toEndpoints(listeners.map(({ url }) => url));
  return { endpoints, world, faults, journal, requests, close };
}

function toEndpoints(urls: readonly string[]): Endpoints {
  const [iam = '', ims = '', swr = '', uhub = '', control = '', ...registries] = urls;
  const [oci = '', swrRegistry = '', uhubRegistry = ''] = registries;
  return { iam, ims, swr, uhub, control, oci, swrRegistry, uhubRegistry };
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

/** In the order of the ports behind the control port. */
function createRegistries(world: World, now: () => number): Service[] {
  return [createOciBackend(world), createSwrBackend(world), createUhubBackend(world)].map(
    (backend) => createOci({ backend, tokens: world.registryTokens, now }),
  );
}
