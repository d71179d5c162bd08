/**
 * 1,000 times: three old builds are listed, one of them is pushed again before its delete, at a real registry that deletes by
 * digest only and at a simulated one that deletes by tag. Counts newly pushed images that are gone, and old ones that stayed.
 */
import { createProvider } from '../src/providers/catalog.ts';
import { createRandom } from '../src/simulator/random.ts';
import { afterListing, onePass } from '../test/contract/one-pass.ts';
import { registryAccount } from '../test/contract/registry-account.ts';
import { KINDS, type RegistryKind } from '../test/contract/registry-kinds.ts';
import { hasDockerRegistry } from '../test/support/docker-registry.ts';
import { anImagePolicy, aRetain } from '../test/support/policies.ts';

const RACES = Number(process.argv[2] ?? 1_000);
const DAY_MS = 86_400_000;
const TARGET = { account: 'mirror', path: 'shop/web' } as const;
const NAMES = ['ci-1', 'ci-2', 'ci-3'];
const POLICY = anImagePolicy({
  retain: [aRetain({ pattern: 'ci-.*', olderThanMs: 30 * DAY_MS, ageBy: 'created' })],
});

for (const what of ['a registry that deletes tags', 'docker-registry plain']) {
  const kind = KINDS.find((one) => one.what === what);
  if (kind === undefined) throw new Error(`no kind "${what}"`);
  if (!kind.isReal || hasDockerRegistry()) await race(kind);
}

async function race(kind: RegistryKind): Promise<void> {
  await using upstream = await kind.open();
  const provider = createProvider(registryAccount(upstream.url, { auth: upstream.auth }), {
    now: () => new Date(),
    random: Math.random,
  });
  const random = createRandom(8);
  let [lost, left] = [0, 0];
  const startedMs = performance.now();
  const keep = await upstream.bind(TARGET.path, 'v1', { label: 'release', ageDays: 90 });
  for (let index = 0; index < RACES; index += 1) {
    // Every second round the old builds share their content with the release.
    const label = index % 2 === 0 ? 'release' : `old ${index}`;
    for (const name of NAMES) await upstream.bind(TARGET.path, name, { label, ageDays: 90 });
    const pushed = NAMES[Math.floor(random() * NAMES.length)] ?? 'ci-1';
    let image = '';
    const racing = afterListing(provider, async () => {
      image = await upstream.bind(TARGET.path, pushed, { label: `push ${index}`, ageDays: 0 });
    });
    await onePass(racing, TARGET, [POLICY]);
    const held = await upstream.held(TARGET.path);
    if (held[pushed] !== image || held['v1'] !== keep) lost += 1;
    left += NAMES.filter((name) => name !== pushed && held[name] !== undefined).length;
  }
  await provider.close();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  console.log(
    `${kind.what}: ${RACES} races in ${seconds} s, ${lost} images lost, ${left} of ${2 * RACES} old ones left: ${lost + left === 0 ? 'met' : 'MISSED'}`,
  );
}
