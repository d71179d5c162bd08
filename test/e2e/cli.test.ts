import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed, imageId, outOfPlace } from '../support/fleet.ts';
import { runTagwarden } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, KEYS, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 3, repositories: 2 };

const Document = z.object({
  format_version: z.literal('1.0'),
  tool_version: z.string(),
  digest: z.string(),
  policy_revision: z.string(),
  plans: z.array(
    z.object({
      target: z.string(),
      provider: z.string(),
      status: z.enum(['in-sync', 'drifted', 'refused', 'unknown']),
      digest: z.string().nullish(),
      error: z.unknown().optional(),
    }),
  ),
  summary: z.record(z.string(), z.number()),
});

describe('tagwarden', () => {
  let simulator: Simulator;
  let workspace: Workspace;

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies(),
    });
  });

  afterEach(async () => {
    await simulator.close();
    await workspace.remove();
  });

  const tagwarden = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    await runTagwarden([...args, '--config', workspace.configFile], { ...KEY_ENV, ...env });
  const plan = async () => {
    const { code, stdout, stderr } = await tagwarden(['plan', '--output', 'json']);
    return { code, stderr, document: Document.parse(JSON.parse(stdout)) };
  };

  test('plan shows what would change, writes nothing, and exits 2 only when asked', async () => {
    const plain = await plan();
    const detailed = await tagwarden(['plan', '--detailed-exitcode']);

    expect(plain.code).toBe(0);
    expect(plain.document.summary).toMatchObject({
      targets: 5,
      drifted: 5,
      add: 6,
      copy: 4,
      delete: 5,
    });
    expect(detailed.code).toBe(2);
    expect(detailed.stdout).toContain('ims-north/');
    expect(simulator.journal.entries).toEqual([]);
  });

  test('apply reaches the desired state, and a second plan finds nothing', async () => {
    const applied = await tagwarden(['apply']);
    const after = await plan();

    expect(applied.stderr).toBe('');
    expect(applied.code).toBe(0);
    expect(outOfPlace(simulator, SIZE)).toEqual([]);
    expect(after.document.summary).toMatchObject({ targets: 5, in_sync: 5, drifted: 0 });
  });

  test('an in-sync pass of one target is one call, discovery aside', async () => {
    await tagwarden(['apply']);
    simulator.requests.reset();

    await plan();

    expect(simulator.requests.byOperation).toEqual({
      'ims.ListImages': 1,
      'ims.ListImageTags': SIZE.images,
      'swr.ListRepos': 1,
      'swr.ListRepoTags': SIZE.repositories,
    });
  });

  test('apply of a saved plan works once and is refused with exit 5 and no write when the world moved', async () => {
    const file = join(workspace.folder, 'plan.json');
    await tagwarden(['plan', '--out', file]);
    simulator.world.setImageTag(imageId(1), 'stage', 'test');

    const stale = await tagwarden(['apply', file]);
    const writesWhenStale = simulator.journal.entries.length;
    await tagwarden(['plan', '--out', file]);
    const fresh = await tagwarden(['apply', file]);

    expect(stale.code).toBe(5);
    expect(stale.stderr).toContain(imageId(1));
    expect(writesWhenStale).toBe(0);
    expect(fresh.code).toBe(0);
    expect(outOfPlace(simulator, SIZE)).toEqual([]);
  });

  test('a guard refuses with exit 3, and --confirm with the printed digest lets the plan through', async () => {
    for (let index = 0; index < 5; index += 1)
      simulator.world.setImageTag(imageId(0), `tmp-${index}`, 'x');

    const refused = await tagwarden(['apply', '--target', `ims-north/${imageId(0)}`]);
    const writesWhenRefused = simulator.journal.entries.length;
    const digest = /--confirm (sha256:[0-9a-f]{64})/.exec(refused.stdout)?.[1] ?? 'none';
    const wrong = await tagwarden(['apply', '--confirm', `sha256:${'0'.repeat(64)}`]);
    const confirmed = await tagwarden(['apply', '--confirm', digest]);

    expect(refused.code).toBe(3);
    expect(writesWhenRefused).toBe(0);
    expect(wrong.code).toBe(3);
    expect(confirmed.code).toBe(0);
    expect(outOfPlace(simulator, SIZE)).toEqual([]);
  });

  test('wrong credentials: one request for the account, its name in the message, the others go on', async () => {
    const wrong = { UC_PRI: 'not-the-key', HW_SK: KEYS.secretKey };
    await workspace.writePolicies({
      'hub.yaml': `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: hub }
spec:
  mode: sync
  targets: [{ account: hub, repositories: ["**"] }]
  retain: [{ name: old, action: delete, pattern: "ci-.*", olderThan: 30d }]
`,
    });

    const run = await tagwarden(['apply'], wrong);

    expect(run.code).toBe(4);
    expect(simulator.requests.count('uhub')).toBe(1);
    expect(run.stdout).toContain('hub/*');
    expect(`${run.stdout}${run.stderr}`).not.toContain('not-the-key');
    expect(outOfPlace(simulator, SIZE)).toEqual([]);
  });

  test('a rejected access key sends one request although many targets wait', async () => {
    const { code, stdout } = await tagwarden(['plan'], { HW_SK: 'wrong' });

    expect(code).toBe(1);
    expect(simulator.requests.count('ims')).toBe(1);
    expect(simulator.requests.count('swr')).toBe(1);
    expect(stdout).toContain('ims-north/*');
  });

  test('an unreachable cloud leaves its targets unknown and deletes nothing', async () => {
    const port = await freePort();
    const elsewhere = await createWorkspace({
      simulator: { endpoints: { ...simulator.endpoints, ims: `http://127.0.0.1:${port}` } },
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies(),
      account: { timeout: '500ms' },
    });

    const run = await runTagwarden(['apply', '--config', elsewhere.configFile], KEY_ENV);
    await elsewhere.remove();

    expect(run.code).toBe(4);
    expect(run.stdout).toContain('ims-north/*');
    expect(simulator.journal.entries.some(({ service }) => service === 'ims')).toBe(false);
  }, 60_000);

  test('a malformed policy: position, source line, what was expected, exit 1, nothing contacted', async () => {
    await workspace.writePolicies({
      'bad.yaml': 'apiVersion: tagwarden/v1\nkind: ResourceTagPolicy\nmetadata: { name: bad }\nspec:\n  mod: sync\n',
    });

    const planned = await tagwarden(['plan']);
    const validated = await tagwarden(['validate']);

    for (const { code, stderr } of [planned, validated]) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/bad\.yaml:5:3: error\[unknown-key\].*"mod"/);
      expect(stderr).toContain('did you mean "mode"');
      expect(stderr).toContain('mod: sync');
    }
    expect(simulator.requests.total).toBe(0);
  });

  test('a value over the limit that only a template shows is refused before the first write', async () => {
    await workspace.writePolicies({
      'images.yaml': (fleetPolicies()['images.yaml'] ?? '').replace(
        'owner: platform',
        `owner: "{{ image.name }}-${'x'.repeat(42)}"`,
      ),
    });

    const run = await tagwarden(['apply', '--target', 'ims-north/*']);

    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/43/);
    expect(simulator.journal.entries).toEqual([]);
  });

  test.each([
    ['a key of 37 characters', `ensure: { ${'k'.repeat(37)}: v }`, /36/],
    ['a value of 44 characters', `ensure: { key: ${'v'.repeat(44)} }`, /43/],
    [
      'an eleventh tag',
      `ensure: { ${Array.from({ length: 11 }, (_, index) => `k${index}: v`).join(', ')} }`,
      /10/,
    ],
  ])('%s is refused by validate', async (_name, rule, limit) => {
    await workspace.writePolicies({
      'images.yaml': (fleetPolicies()['images.yaml'] ?? '').replace(/ensure: .*/, rule),
    });

    const { code, stderr } = await tagwarden(['validate']);

    expect(code).toBe(1);
    expect(stderr).toMatch(/images\.yaml:\d+:\d+/);
    expect(stderr).toMatch(limit);
  });

  test.each([
    ['missing', '/nonexistent/policies'],
    ['empty', null],
  ])('a %s policy folder is an error, never "nothing to keep"', async (_name, folder) => {
    const path = folder ?? (await mkdtemp(join(tmpdir(), 'tagwarden-empty-')));

    const planned = await tagwarden(['plan', path]);
    const validated = await tagwarden(['validate', path]);

    expect([planned.code, validated.code]).toEqual([1, 1]);
    expect(planned.stderr).toContain(path);
    expect(simulator.requests.total).toBe(0);
  });

  test.each([
    [['plan', '--outptu', 'json'], '--output'],
    [['paln'], 'plan'],
    [['plan', '--output', 'xml'], 'ndjson'],
    [['run', '--role', 'wroker'], 'worker'],
  ])('%j is a usage error: exit 64 and the nearest name', async (args, nearest) => {
    const { code, stderr } = await runTagwarden(args);

    expect(code).toBe(64);
    expect(stderr).toContain(nearest);
  });

  test('a literal secret in the configuration is refused with its position and is not printed', async () => {
    const file = join(workspace.folder, 'literal.yaml');
    await writeFile(
      file,
      'accounts:\n  hub:\n    provider: ucloud-uhub\n    auth:\n      publicKey: "${UC_PUB}"\n      privateKey: hunter2hunter2\n',
    );

    const { code, stderr } = await runTagwarden(['validate', '--config', file], KEY_ENV);

    expect(code).toBe(1);
    expect(stderr).toMatch(/literal\.yaml:6:\d+/);
    expect(stderr).not.toContain('hunter2');
  });

  test('doctor checks each account and the queue', async () => {
    const good = await tagwarden(['doctor']);
    const bad = await tagwarden(['doctor'], { UC_PRI: 'wrong' });

    expect(good.stdout.match(/^ok /gm)).toHaveLength(6);
    expect(good.code).toBe(0);
    expect(bad.stdout).toMatch(/^FAIL {2}account hub/m);
    expect(bad.code).toBe(1);
  }, 30_000);

  test('version, schema and help answer without a configuration', async () => {
    const version = await runTagwarden(['version']);
    const schema = await runTagwarden(['schema', 'config']);
    const help = await runTagwarden(['--help']);

    expect(version.stdout).toMatch(/^tagwarden \d+\.\d+\.\d+/);
    expect(JSON.parse(schema.stdout)).toHaveProperty('properties.accounts');
    expect(help.stdout).toContain('tagwarden demo');
    expect([version.code, schema.code, help.code]).toEqual([0, 0, 0]);
  });
});

async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 1) : 1));
    });
  });
}
