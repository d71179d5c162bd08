import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from './redis.ts';

const IMAGE = 'redis:7';
const REDIS_PORT = 6379;
const START_TIMEOUT_MS = 60_000;
const PING_TIMEOUT_MS = 1_000;
const POLL_MS = 20;

/** Runs `redis:7` through testcontainers, on a port of the host that stays the same over kill() and start(). */
export async function startContainer(args: readonly string[]): Promise<RedisServer> {
  // Loaded here: it costs half a second and most machines need none of it.
  const { GenericContainer, Wait, RandomPortGenerator, getContainerRuntimeClient } = await import(
    'testcontainers'
  );
  const port = await new RandomPortGenerator().generatePort();
  const started = await new GenericContainer(IMAGE)
    .withCommand(['redis-server', '--protected-mode', 'no', ...args])
    .withExposedPorts({ container: REDIS_PORT, host: port })
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start()
    .catch((cause: unknown) => {
      throw new Error(`Cannot start redis-server: container of ${IMAGE}, ${String(cause)}`, {
        cause,
      });
    });
  const client = await getContainerRuntimeClient();
  const container = client.container.getById(started.getId());
  const host = started.getHost();
  let stopped: Promise<unknown> | null = null;
  return {
    url: `redis://${host}:${port}`,
    port,
    async kill() {
      await container.kill();
      await container.wait();
    },
    async start() {
      await container.start();
      await answers({ host, port });
    },
    async pause() {
      await container.pause();
    },
    async resume() {
      await container.unpause();
    },
    async stop() {
      if (stopped === null) {
        const { State } = await container.inspect();
        if (State.Paused) await container.unpause();
        stopped = started.stop();
      }
      await stopped;
    },
  };
}

/** Waits until whatever listens there replies to a PING; a password it asks for is a reply. */
async function answers(address: { host: string; port: number }): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await ping(address))) {
    if (Date.now() > deadline) throw new Error('Cannot start redis-server again: no answer');
    await sleep(POLL_MS);
  }
}

async function ping(address: { host: string; port: number }): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ ...address, timeout: PING_TIMEOUT_MS });
    const settle = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', () => settle(true));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => settle(false));
  });
}
