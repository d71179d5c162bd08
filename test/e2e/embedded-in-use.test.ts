import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed, imageId } from '../support/fleet.ts';
import { runTagwarden, startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 1, repositories: 1 };

describe('beside a service on the embedded queue', { timeout: 60_000 }, () => {
  let simulator: Simulator;
  let workspace: Workspace;
  let service: TagwardenProcess;

  beforeAll(async () => {
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies(),
    });
    service = startTagwarden(['run', '--config', workspace.configFile], KEY_ENV);
    await service.waitFor(/service started/);
  }, 60_000);

  afterAll(async () => {
    service.kill('SIGKILL');
    await service.ended;
    await simulator.close();
    await workspace.remove();
  });

  const tagwarden = async (...args: string[]) =>
    await runTagwarden([...args, '--config', workspace.configFile], KEY_ENV);

  test('doctor names the process that has the queue, and finds nothing wrong with it', async () => {
    const { code, stdout } = await tagwarden('doctor');

    expect(stdout).toContain(`ok    queue: embedded, in use by process ${service.child.pid}`);
    expect(code).toBe(0);
  });

  test.each([['status'], ['pause'], ['trigger', `ims-north/${imageId(0)}`]])(
    '%s says who has the queue and how to ask that service',
    async (...args) => {
      const { code, stderr } = await tagwarden(...args);

      expect(stderr).toContain(`process ${service.child.pid} has it to itself`);
      expect(stderr).toContain('--server URL');
      expect(code).toBe(1);
    },
  );

  test('run is refused by the process that was first', async () => {
    const { code, stderr } = await tagwarden('run');

    expect(stderr).toContain(`process ${service.child.pid} uses it`);
    expect(stderr).toContain('stop that one, or set queue.url');
    expect(code).toBe(1);
  });
});
