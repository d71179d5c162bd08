/**
 * 50,000 tags of an OCI registry listed and planned with rules by build time: the most memory of the worker that does it, as
 * built, and what a second pass reads.
 */
import { expectCalls } from './support/counted.ts';
import { called, deploy } from './support/deployment.ts';
import { REGISTRY_POLICY } from './support/fleet.ts';
import { residentMb } from './support/process-figures.ts';
import { openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const TAGS = Number(process.argv[2] ?? 50_000);
const MOST_MB = 256;
const CONCURRENCY = 16;
const PAGES = Math.ceil((TAGS + 1) / 1_000);

await using deployment = await deploy({
  fleet: { registryTags: TAGS },
  concurrency: CONCURRENCY,
  policies: { 'registry.yaml': REGISTRY_POLICY },
});
const { redis, cloud } = deployment;
const worker = await deployment.start('worker');
const idleMb = residentMb(worker.pid);
await deployment.start('scheduler');
await using queue = await openBenchQueue(redis?.url ?? '');

const listed = { 'oci.ListTags': PAGES, 'oci.HeadManifest': TAGS };
await pass('first', { ...listed, 'oci.GetManifest': TAGS, 'oci.GetBlob': TAGS });
await cloud.ask({ type: 'forget' });
await queue.sweep('registry');
await pass('second', listed);

async function pass(which: string, calls: Readonly<Record<string, number>>): Promise<void> {
  await called(cloud, 'oci.ListTags', 1);
  await queue.idle();
  expectCalls(`${which} pass`, await cloud.ask({ type: 'figures' }), calls);
  report({
    bench: 'registry-memory',
    what: `${which} pass over ${TAGS.toLocaleString('en-US')} tags: memory of the worker`,
    value: residentMb(worker.pid, 'VmHWM'),
    unit: 'MB',
    wanted: { limit: 'at most', value: MOST_MB },
    figures: `the most so far, ${idleMb.toFixed(0)} MB at its start; ${JSON.stringify(calls)}`,
  });
}
