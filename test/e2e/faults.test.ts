import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually, fleetPolicies, fleetSeed } from '../support/fleet.ts';
import { startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, KEYS, type Workspace } from '../support/workspace.ts';

/** Makes a fault of our own on a signal; no code path of ours does it. */
const FAULTS = `
process.on('SIGUSR2', () => { Promise.reject(new Error('stray ${KEYS.secretKey}')); });
process.on('SIGHUP', () => { throw new Error('thrown ${KEYS.secretKey}'); });
`;
const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(FAULTS)}`;

describe('tagwarden, when something fails that nobody waited for', () => {
  let simulator: Simulator;
  let workspace: Workspace;
  let running: TagwardenProcess | null = null;

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed({ images: 2, repositories: 1 }) });
    workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies('10s'),
    });
  });

  afterEach(async () => {
    running?.kill('SIGKILL');
    await simulator.close();
    await workspace.remove();
  });

  function start(command: string): TagwardenProcess {
    running = startTagwarden([command, '--config', workspace.configFile], {
      ...KEY_ENV,
      NODE_OPTIONS,
    });
    return running;
  }

  test('a service says so at error, counts it and goes on; it still drains with exit 0', async () => {
    const service = start('run');
    const url = /"url":"([^"]+)"/.exec(await service.waitFor(/service started/))?.[1] ?? '';

    service.kill('SIGUSR2');
    const line = await service.waitFor(/unhandled fault/);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const alive = await fetch(`${url}/livez`);
    service.kill('SIGTERM');

    expect(JSON.parse(line)).toMatchObject({
      level: 50,
      fault: 'rejection',
      err: { message: expect.stringContaining('Error: stray [secret]\n    at ') },
    });
    expect(metrics).toContain('tagwarden_faults_total{fault="rejection"} 1');
    expect(alive.status).toBe(200);
    expect(await service.ended).toBe(0);
    expect(service.errors).toEqual([]);
  }, 60_000);

  test('a service ends at once with exit 1 after an exception, and says why in log and stderr', async () => {
    const service = start('run');
    await service.waitFor(/service started/);

    service.kill('SIGHUP');
    const code = await Promise.race([service.ended, sleep(1_000, 'still alive', { ref: false })]);

    const line = service.lines.find((one) => one.includes('unhandled fault')) ?? '{}';
    expect(code).toBe(1);
    expect(JSON.parse(line)).toMatchObject({ level: 50, fault: 'exception' });
    expect(service.errors[0]).toBe('error[INTERNAL] Error: thrown [secret]');
  }, 60_000);

  test('a command ends with exit 1: it might report half a result', async () => {
    simulator.faults.latencyMs = 2_000;
    const command = start('plan');
    // The first answer came after this long, so the next request is under way for as long.
    await eventually(
      () => simulator.requests.total > 0,
      20_000,
      () => 'no request came',
    );

    command.kill('SIGUSR2');

    expect(await command.ended).toBe(1);
    expect(command.errors.join('\n')).toContain('error[INTERNAL] Error: stray');
  }, 30_000);
});
