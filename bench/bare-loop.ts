/**
 * The other side of `throughput.ts`: a worker of BullMQ whose jobs are one GET with undici and JSON.parse, nothing else.
 * Arguments: URL of Redis, endpoint of IMS, number of images, concurrency.
 */
import { Worker } from 'bullmq';
import { Pool } from 'undici';
import { listTagsOf } from './support/list-tags.ts';

const [redisUrl = '', endpoint = '', images = '0', concurrency = '1'] = process.argv.slice(2);
const pool = new Pool(endpoint, { connections: Number(concurrency) });
// Signed beforehand; a signature holds for a quarter of an hour.
const requests = Array.from({ length: Number(images) }, (_, index) => listTagsOf(endpoint, index));

const worker = new Worker<{ readonly index: number }>(
  'bare',
  async ({ data }) => {
    const request = requests[data.index];
    if (request === undefined) throw new Error(`no image ${data.index}`);
    const { statusCode, body } = await pool.request({ method: 'GET', ...request });
    const { tags } = JSON.parse(await body.text());
    if (statusCode !== 200 || tags.length !== 4) throw new Error(`status ${statusCode}`);
  },
  {
    connection: { url: redisUrl, maxRetriesPerRequest: null },
    concurrency: Number(concurrency),
    prefix: 'bare',
  },
);
await worker.waitUntilReady();
process.once('disconnect', () => process.exit());
process.send?.('ready');
