/**
 * Copies of 1,000 tags inside a repository of a real registry, by the adapter and by a bare loop that sends the same requests
 * (GET by digest, HEAD of the new name, PUT) with the same client and at the same time as many, in turns in one process.
 */
import pMap from 'p-map';
import { Pool } from 'undici';
import { createProvider } from '../src/providers/catalog.ts';
import { registryAccount } from '../test/contract/registry-account.ts';
import { hasDockerRegistry, startDockerRegistry } from '../test/support/docker-registry.ts';
import { aCopy } from '../test/support/provider-bench.ts';
import { createPusher, OCI_MANIFEST } from '../test/support/registry-images.ts';
import { freely } from '../test/support/write-check.ts';

const COPIES = Number(process.argv[2] ?? 1_000);
const ROUNDS = 5;
const SLICE = 50;
const CONCURRENCY = 8;
const PATH = 'shop/web';
const LEAST = 0.9;

if (!hasDockerRegistry()) throw new Error('docker-registry is needed');
await using registry = await startDockerRegistry({});
const images = createPusher(registry.url);
const sources: string[] = [];
// One after the other: this registry mixes up uploads of one blob at a time.
for (let index = 0; index < COPIES; index += 1) {
  sources.push(await images.image(PATH, `v${index}`, { index }));
}
const pool = new Pool(registry.url, { connections: CONCURRENCY });
const sent = new Map<string, number>();
const provider = createProvider(
  registryAccount(registry.url, {
    limits: { requestsPerSecond: 1e6, burst: 1e6, concurrency: CONCURRENCY },
  }),
  {
    now: () => new Date(),
    random: Math.random,
    onRequest: ({ method, status }) => count(`${method} ${status}`),
  },
);

const ratios: number[] = [];
const turns = [
  ['adapter', copyByAdapter],
  ['bare', copyByHand],
] as const;
// The first round warms both up and is not counted.
for (let round = 0; round <= ROUNDS; round += 1) {
  const tookMs = { adapter: 0, bare: 0 };
  // In slices, so that whatever else the machine does befalls both.
  for (let start = 0; start < COPIES; start += SLICE) {
    const slice = sources.slice(start, start + SLICE);
    const isEven = (start / SLICE + round) % 2 === 0;
    for (const [who, copy] of isEven ? turns : turns.toReversed()) {
      const tag = `${who}-${round}-${start}`;
      sent.clear();
      const startedMs = performance.now();
      await pMap(slice, async (digest, index) => await copy(`${tag}-${index}`, digest), {
        concurrency: CONCURRENCY,
      });
      tookMs[who] += performance.now() - startedMs;
      checkRequests(who, slice.length);
    }
  }
  if (round === 0) continue;
  ratios.push(tookMs.bare / tookMs.adapter);
  console.log(
    `round ${round}: adapter ${rate(tookMs.adapter)}, bare ${rate(tookMs.bare)} copies/s, ratio ${(tookMs.bare / tookMs.adapter).toFixed(2)}`,
  );
}
await provider.close();
await pool.close();
const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0;
console.log(
  `median ${median.toFixed(2)} x the bare loop, at least ${LEAST}: ${median >= LEAST ? 'met' : 'MISSED'}`,
);

/** Throws unless a copy took three requests: otherwise the two sides did not do the same. */
function checkRequests(who: string, copies: number): void {
  const requests = [...sent.values()];
  if (requests.length !== 3 || requests.some((times) => times !== copies))
    throw new Error(`${who} sent ${JSON.stringify([...sent])}, each once a copy was wanted`);
}

function count(request: string): void {
  sent.set(request, (sent.get(request) ?? 0) + 1);
}

function rate(ms: number): string {
  return ((COPIES * 1_000) / ms).toFixed(0);
}

async function copyByAdapter(tag: string, digest: string): Promise<void> {
  const target = { account: 'mirror', path: PATH };
  await provider.perform(
    target,
    aCopy({ tag, from: 'v1', value: digest }),
    freely,
    new AbortController().signal,
  );
}

async function copyByHand(tag: string, digest: string): Promise<void> {
  const path = `/v2/${PATH}/manifests`;
  const headers = { accept: OCI_MANIFEST };
  const content = await pool.request({ method: 'GET', path: `${path}/${digest}`, headers });
  const bytes = new Uint8Array(await content.body.arrayBuffer());
  const free = await pool.request({ method: 'HEAD', path: `${path}/${tag}`, headers });
  await free.body.dump();
  const stored = await pool.request({
    method: 'PUT',
    path: `${path}/${tag}`,
    headers: { 'content-type': OCI_MANIFEST },
    body: bytes,
  });
  await stored.body.dump();
  if (stored.statusCode !== 201) throw new Error(`PUT ${tag}: ${stored.statusCode}`);
  for (const { statusCode, method } of [
    { ...content, method: 'GET' },
    { ...free, method: 'HEAD' },
    { ...stored, method: 'PUT' },
  ]) {
    count(`${method} ${statusCode}`);
  }
}
