/**
 * 50,000 tags of an OCI registry listed and planned with rules by build time: resident memory of the process that does it, and
 * what a second pass reads. The registry is the simulator, in a process of its own.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { keepHeapSmall } from '../src/cli/small-heap.ts';
import { createProvider } from '../src/providers/catalog.ts';
import { reconcile } from '../src/reconcile.ts';
import { registryAccount } from '../test/contract/registry-account.ts';
import { aChannel, anImagePolicy, aRetain } from '../test/support/policies.ts';

const TAGS = Number(process.env['TAGS'] ?? 50_000);
const MOST_MB = 256;
const DAY_MS = 86_400_000;
const TARGET = { account: 'mirror', path: 'shop/web' } as const;

const role = process.argv[2] ?? null;
if (role === 'registry') await serve();
else if (role === null) await start();
else await measure(role);

async function serve(): Promise<void> {
  const { startSimulator } = await import('../src/simulator/simulator.ts');
  const tags = Object.fromEntries(
    Array.from({ length: TAGS }, (_, index) => {
      const name = index % 10 === 0 ? `1.${index / 10}.0` : `ci-${index}`;
      return [name, { digest: `build ${index}`, image: { ageDays: index % 400 } }];
    }),
  );
  const { endpoints } = await startSimulator({ seed: { oci: [{ name: TARGET.path, tags }] } });
  process.send?.(endpoints.oci);
}

async function start(): Promise<void> {
  const registry = fork(import.meta.filename, ['registry'], {
    env: { ...process.env, TAGS: `${TAGS}` },
  });
  const [endpoint] = (await once(registry, 'message')) as [string];
  const worker = fork(import.meta.filename, [endpoint]);
  await once(worker, 'exit');
  registry.kill();
}

async function measure(endpoint: string): Promise<void> {
  // As `run` does.
  keepHeapSmall({ works: true });
  const requests = new Map<string, number>();
  const provider = createProvider(
    registryAccount(endpoint, { limits: { requestsPerSecond: 1e6, burst: 1e6, concurrency: 16 } }),
    {
      now: () => new Date(),
      random: Math.random,
      onRequest: ({ operation }) =>
        void requests.set(operation, (requests.get(operation) ?? 0) + 1),
    },
  );
  const policy = anImagePolicy({
    channels: [
      aChannel({ minAgeMs: 7 * DAY_MS, ageBy: 'created' }),
      aChannel({ tag: 'latest' }),
      aChannel({ tag: '{{ major }}' }),
    ],
    retain: [aRetain({ pattern: 'ci-.*', olderThanMs: 200 * DAY_MS, ageBy: 'created' })],
  });
  const pass = {
    target: TARGET,
    policies: [policy],
    attributes: null,
    guards: { maxDeletePercent: 100 },
    protect: [],
    baseline: null,
    confirmed: new Set<string>(),
    now: () => new Date(),
    dryRun: true,
  };
  for (const which of ['first', 'second']) {
    requests.clear();
    const startedMs = performance.now();
    const report = await reconcile(provider, pass, { signal: new AbortController().signal });
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    const planned =
      report.status === 'unknown' ? report.error : `${report.performed.length} operations`;
    const peakMb = (process.resourceUsage().maxRSS * 1_024) / 1_000_000;
    console.log(
      `${which} pass over ${TAGS} tags: ${seconds} s, ${planned}, peak ${peakMb.toFixed(0)} MB resident, at most ${MOST_MB}: ${peakMb <= MOST_MB ? 'met' : 'MISSED'}`,
    );
    console.log(`  requests: ${JSON.stringify(Object.fromEntries(requests))}`);
    if (which === 'second') {
      const manifests = (requests.get('GetManifest') ?? 0) + (requests.get('GetBlob') ?? 0);
      console.log(
        `  manifests read in the second pass: ${manifests}: ${manifests === 0 ? 'met' : 'MISSED'}`,
      );
    }
  }
  await provider.close();
}
