import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed, outOfPlace } from '../support/fleet.ts';
import { type Finished, runTagwarden } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 3, repositories: 3 };

describe('the audit stream of a command', () => {
  let simulator: Simulator;
  let workspace: Workspace;
  const open = async (audit: object): Promise<void> => {
    workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies('10s'),
      config: { audit },
    });
  };
  const tagwarden = async (...args: readonly string[]): Promise<Finished> =>
    await runTagwarden([...args, '--config', workspace.configFile], KEY_ENV);

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
  });
  afterEach(async () => {
    await simulator.close();
    await workspace.remove();
  });

  test('apply puts every write on record, and audit verify finds what was changed since', async () => {
    await open({ folder: './audit' });
    const folder = join(workspace.folder, 'audit');

    const applied = await tagwarden('apply', '--output', 'json');
    const verified = await tagwarden('audit', 'verify', folder);

    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    const records = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const intents = records.filter(({ type }) => type === 'intent');
    expect(applied.code).toBe(0);
    expect(outOfPlace(simulator, SIZE)).toEqual([]);
    expect(intents.length).toBeGreaterThan(5);
    expect(records.filter(({ outcome }) => outcome === 'applied')).toHaveLength(intents.length);
    expect(intents[0]).toMatchObject({
      actor: { type: 'cli' },
      plan_id: expect.stringMatching(/^sha256:/),
    });
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('The chain holds') });

    await writeFile(join(folder, name), text.replace('"op":"add"', '"op":"del"'));
    const broken = await tagwarden('audit', 'verify', folder);

    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/^BREAK .*\.jsonl:\d+: the record was altered/m);
  }, 60_000);

  test('apply writes nothing that it cannot put on record first', async () => {
    await open({ folder: './nowhere/audit' });
    await writeFile(join(workspace.folder, 'nowhere'), 'a file where the folder should be');
    await chmod(join(workspace.folder, 'nowhere'), 0o400);
    const before = outOfPlace(simulator, SIZE);

    const { code, stdout } = await tagwarden('apply');

    expect(code).not.toBe(0);
    expect(stdout).toMatch(/AUDIT_UNAVAILABLE|Cannot write the audit stream/);
    expect(outOfPlace(simulator, SIZE)).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
  }, 60_000);

  test('apply keeps stdout for its result when the records go to a stream', async () => {
    await open({ stdout: true });

    const { stdout, stderr } = await tagwarden('apply', '--output', 'json');

    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stderr).toMatch(/"topic":"audit","seq":0/);
  }, 60_000);
});
