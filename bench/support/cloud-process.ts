/** The fake clouds in a process of their own, which is told what to do by the one that forked it. */
import { startSimulator } from '../../src/simulator/simulator.ts';
import { imageId, repositoryName } from '../../test/support/fleet.ts';
import type { CloudFigures, CloudRequest } from './cloud.ts';
import { type BenchFleet, inSyncSeed } from './fleet.ts';

const size = JSON.parse(process.argv[2] ?? '{}') satisfies BenchFleet as BenchFleet;
const { endpoints, world, faults, journal, requests } = await startSimulator({
  seed: inSyncSeed(size),
});

process.on('message', ({ request }: { readonly request: CloudRequest }) => {
  obey(request);
  process.send?.({ figures: figures() });
});
process.once('disconnect', () => process.exit());
process.send?.({ endpoints });

function obey(request: CloudRequest): void {
  switch (request.type) {
    case 'latency':
      faults.latencyMs = request.ms;
      return;
    case 'forget':
      requests.reset();
      journal.reset();
      return;
    case 'drift-images':
      for (const index of spread(request.count, size.images)) {
        world.setImageTag(imageId(index), 'stage', 'dev');
      }
      return;
    case 'drift-repositories':
      for (const index of spread(request.count, size.repositories)) {
        world.deleteRepositoryTag(repositoryName(index), 'released');
      }
      return;
    case 'figures':
  }
}

/** Evenly over the whole. */
function spread(count: number, of: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => Math.floor((at * of) / count));
}

function figures(): CloudFigures {
  const { total, byOperation, list } = requests;
  const [first, last] = [list[0], list.at(-1)];
  const writes = journal.executed().map(({ target, at }) => ({ target, at }));
  return { total, byOperation, firstAt: first?.at ?? 0, lastAt: last?.at ?? 0, writes };
}
