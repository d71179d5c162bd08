import { Queue, Worker } from 'bullmq';
import {
  JOB_DEFAULTS,
  toProcessor,
  tracedBy,
  wireQueue,
  wireWorker,
  workerOptions,
} from './bullmq.ts';
import { createErrorLog } from './log.ts';
import { writeOnceATick, writeOnceATurn } from './one-write.ts';
import type { Backend, BackendOptions } from './port.ts';
import {
  connectRedis,
  createConnection,
  DEFAULT_PREFIX,
  disconnect,
  pingRedis,
  redisPlace,
} from './redis-connect.ts';
import { probeRedis } from './redis-probe.ts';

/** BullMQ on Redis: two shared connections and one blocking connection a worker. */
export async function openRedis(url: string, options: BackendOptions): Promise<Backend> {
  const place = redisPlace(url);
  const errors = createErrorLog(options.log);
  // Workers wait for Redis to come back; whoever adds a job wants to hear about it at once.
  const consumer = await connectRedis(url, options);
  const producer = createConnection(url);
  for (const connection of [consumer, producer]) {
    // BullMQ adds three listeners a queue; it counts up from here, so 0 (no limit) would become 3.
    connection.setMaxListeners(10_000);
    connection.on('error', (error) => errors.onError('redis', error));
  }
  writeOnceATurn(consumer);
  // The store gathers what passes ask for, so what it sends need not wait for a second turn.
  writeOnceATick(producer);
  const prefix = options.prefix ?? DEFAULT_PREFIX;
  const traced = tracedBy(options);
  return {
    kind: 'redis',
    storage: { type: 'redis', redis: producer, prefix },
    bulkSize: 1_000,
    createQueue: (name) =>
      wireQueue(
        new Queue<unknown, void, string>(name, {
          connection: producer,
          prefix,
          ...traced,
          skipWaitingForReady: true,
          // Asked by checkRedis(). BullMQ asks once more, and a queue whose question meets an outage fails for ever.
          skipVersionCheck: true,
          defaultJobOptions: JOB_DEFAULTS,
          streams: { events: { maxLen: 1_000 } },
        }),
        (error) => errors.onError(name, error),
      ),
    createWorker: (name, processor, setup) =>
      wireWorker(
        new Worker<unknown, void, string>(name, toProcessor(processor), {
          ...workerOptions(setup),
          connection: consumer,
          prefix,
          ...traced,
        }),
        setup,
        (error) => errors.onError(name, error),
      ),
    ping: async () => await pingRedis(producer, place),
    probe: probeRedis(producer, [consumer, producer]),
    async close() {
      errors.end();
      await Promise.all([consumer, producer].map(disconnect));
    },
  };
}
