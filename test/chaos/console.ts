import { z } from 'zod';
import { runTagwarden } from '../support/service-process.ts';
import { KEY_ENV } from '../support/workspace.ts';
import { writeKey } from './fleet.ts';
import type { World } from './world.ts';

const Status = z.object({
  paused: z.array(z.looseObject({ since: z.string().optional() })),
  quarantined: z.array(z.object({ target: z.string() })),
});
export type FleetStatus = z.infer<typeof Status>;

const History = z.object({
  runs: z.array(
    z.object({
      target: z.string(),
      operation_count: z.number(),
      operations: z.array(z.object({ tag: z.string() })),
    }),
  ),
});

/** Runs a command against the world's configuration; throws when it fails. */
export async function tagwarden(
  { workspace }: Pick<World, 'workspace'>,
  args: readonly string[],
): Promise<string> {
  const [command = '', ...rest] = args;
  const { code, stdout, stderr } = await runTagwarden(
    [command, ...rest, '--config', workspace.configFile],
    KEY_ENV,
  );
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

export async function readStatus(world: World): Promise<FleetStatus> {
  return Status.parse(JSON.parse(await tagwarden(world, ['status', '--output', 'json'])));
}

/** Writes the clouds carried out that stand in no recorded run: `target key`. */
export async function unrecordedWrites(world: World): Promise<readonly string[]> {
  // Read before the history: what is written meanwhile must not look unrecorded.
  const written = await world.clouds.writes();
  const args = ['history', '--output', 'json', '--limit', '1000000'];
  const { runs } = History.parse(JSON.parse(await tagwarden(world, args)));
  const recorded = new Set(
    runs.flatMap(({ target, operations }) =>
      operations.map(({ tag }) => writeKey(target.slice(target.indexOf('/') + 1), tag)),
    ),
  );
  return written
    .map(({ target, key }) => writeKey(target, key ?? ''))
    .filter((write) => !recorded.has(write));
}
