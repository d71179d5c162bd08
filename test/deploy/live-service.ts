import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { startHere } from '../service/start-here.ts';
import { eventually, fleetPolicies, fleetSeed, outOfPlace } from '../support/fleet.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';

const SIZE = { images: 4, repositories: 4 };
const OBSERVING = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: observing }
spec:
  mode: observe
  interval: 10s
  targets: [{ account: hub, repositories: ["shop/*"] }]
  retain: [{ name: all, action: keep, pattern: ".*" }]
`;

/** What a service with all roles, a hook and a receiver of notices shows from its start until every target is in sync. */
export async function scrapeLiveService(
  queueUrl: string,
  opened: AsyncDisposableStack,
): Promise<readonly string[]> {
  const simulator = await startSimulator({ seed: fleetSeed(SIZE) });
  opened.defer(async () => await simulator.close());
  const workspace = await createWorkspace({
    simulator,
    queueUrl,
    policies: { ...fleetPolicies('10s'), 'observing.yaml': OBSERVING },
    config: {
      guards: { maxDeletesPerHour: 1_000, maxFleetDeletePercent: 100 },
      notifications: { ops: { type: 'slack', url: '${NOTICES}' } },
      server: {
        port: 0,
        hooksPort: 0,
        hooks: { push: { type: 'hmac', secret: '${HOOK}', accounts: ['swr-north'] } },
      },
    },
  });
  opened.defer(async () => await workspace.remove());
  const env = { ...KEY_ENV, HOOK: 'a-secret-of-a-hook-in-a-test', NOTICES: 'http://127.0.0.1:9/x' };
  const service = await startHere(workspace.configFile, env, opened);
  const scrape = async (): Promise<string> => await (await fetch(`${service.url}/metrics`)).text();
  const first = await scrape();
  await eventually(
    () => outOfPlace(simulator, SIZE).length === 0,
    60_000,
    () => `${outOfPlace(simulator, SIZE).length} targets are not in place`,
  );
  let last = await scrape();
  const done = `tagwarden_targets{state="in_sync"} ${SIZE.images + SIZE.repositories}`;
  // A write is there a moment before the report that speaks of it.
  for (let turn = 0; turn < 200 && !(last.includes(done) && hasTicked(last)); turn += 1) {
    await sleep(100);
    last = await scrape();
  }
  return [first, last];
}

/** The first tick of a schedule comes after one interval. */
function hasTicked(text: string): boolean {
  return /^tagwarden_scheduler_last_tick_timestamp_seconds [1-9]/m.test(text);
}
