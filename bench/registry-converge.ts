/**
 * A repository of 1,000 tags at a real registry (Debian's docker-registry): retention and three channels in one pass, then a
 * pass that writes nothing, then skopeo as a witness: exactly the tags and digests that were worked out by hand.
 */
import { hash } from 'node:crypto';
import pMap from 'p-map';
import { createProvider } from '../src/providers/catalog.ts';
import { FULL_POLICY, fillRepository } from '../test/contract/full-repository.ts';
import { onePass } from '../test/contract/one-pass.ts';
import { registryAccount } from '../test/contract/registry-account.ts';
import { hasSkopeo, skopeo } from '../test/simulator/skopeo.ts';
import { hasDockerRegistry, startDockerRegistry } from '../test/support/docker-registry.ts';
import { createPusher } from '../test/support/registry-images.ts';

const TAGS = Number(process.argv[2] ?? 1_000);
const TARGET = { account: 'mirror', path: 'shop/web' } as const;

if (!hasDockerRegistry() || !hasSkopeo()) throw new Error('docker-registry and skopeo are needed');
await using registry = await startDockerRegistry({});
const full = await timed(`${TAGS} tags pushed`, async () => {
  return await fillRepository(createPusher(registry.url), TARGET.path, TAGS);
});
const requests = new Map<string, number>();
const provider = createProvider(registryAccount(registry.url), {
  now: () => new Date(),
  random: Math.random,
  onRequest: ({ operation }) => void requests.set(operation, (requests.get(operation) ?? 0) + 1),
});

const first = await timed('first pass', async () => await onePass(provider, TARGET, [FULL_POLICY]));
tell(first);
const second = await timed(
  'second pass',
  async () => await onePass(provider, TARGET, [FULL_POLICY]),
);
tell(second);
await provider.close();

const image = `docker://${new URL(registry.url).host}/${TARGET.path}`;
const seen = await timed('skopeo', async () => {
  const { Tags: names } = JSON.parse(await skopeo('list-tags', '--tls-verify=false', image)) as {
    Tags: string[];
  };
  const inspect = async (tag: string) => {
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `${image}:${tag}`);
    return [tag, `sha256:${hash('sha256', raw)}`] as const;
  };
  return new Map(await pMap(names, inspect, { concurrency: 2 }));
});
const wanted = Object.entries(full.wanted);
const wrong = wanted.filter(([tag, digest]) => seen.get(tag) !== digest).map(([tag]) => tag);
const more = [...seen.keys()].filter((tag) => !Object.hasOwn(full.wanted, tag));
const isMet =
  wrong.length === 0 &&
  more.length === 0 &&
  first.status === 'drifted' &&
  second.status === 'in-sync';
console.log(
  `${full.pushed} tags pushed, ${wanted.length} wanted; skopeo sees ${seen.size}: ${wrong.length} wrong, ${more.length} too many: ${isMet ? 'met' : 'MISSED'}`,
);
if (!isMet) console.log({ wrong, more });

function tell(report: Awaited<ReturnType<typeof onePass>>): void {
  const outcomes =
    report.status === 'unknown'
      ? report.error
      : report.performed.map(({ outcome }) => outcome?.status);
  const counts = Array.isArray(outcomes)
    ? Object.fromEntries(
        Map.groupBy(outcomes, String)
          .entries()
          .map(([key, all]) => [key, all.length]),
      )
    : outcomes;
  console.log(`  ${report.status}`, counts, Object.fromEntries(requests));
  requests.clear();
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return result;
}
