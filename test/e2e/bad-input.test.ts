import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useCliBench } from '../support/cli-bench.ts';
import { fleetPolicies, outOfPlace } from '../support/fleet.ts';
import { runTagwarden } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, KEYS } from '../support/workspace.ts';

const SIZE = { images: 3, repositories: 2 };

describe('tagwarden on bad input', () => {
  const bench = useCliBench(SIZE);
  const { tagwarden } = bench;

  test('wrong credentials: one request for the account, its name in the message, the others go on', async () => {
    const wrong = { UC_PRI: 'not-the-key', HW_SK: KEYS.secretKey };
    await bench.workspace.writePolicies({
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
    expect(bench.simulator.requests.count('uhub')).toBe(1);
    expect(run.stdout).toContain('hub/*');
    expect(`${run.stdout}${run.stderr}`).not.toContain('not-the-key');
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
  });

  test('a rejected access key sends one request although many targets wait', async () => {
    const { code, stdout } = await tagwarden(['plan'], { HW_SK: 'wrong' });

    expect(code).toBe(1);
    expect(bench.simulator.requests.count('ims')).toBe(1);
    expect(bench.simulator.requests.count('swr')).toBe(1);
    expect(stdout).toContain('ims-north/*');
  });

  test('an unreachable cloud leaves its targets unknown and deletes nothing', async () => {
    const port = await freePort();
    const elsewhere = await createWorkspace({
      simulator: { endpoints: { ...bench.simulator.endpoints, ims: `http://127.0.0.1:${port}` } },
      queueUrl: 'embedded:./queue',
      policies: fleetPolicies(),
      account: { timeout: '500ms' },
    });

    const run = await runTagwarden(['apply', '--config', elsewhere.configFile], KEY_ENV);
    await elsewhere.remove();

    expect(run.code).toBe(4);
    expect(run.stdout).toContain('ims-north/*');
    expect(bench.simulator.journal.entries.some(({ service }) => service === 'ims')).toBe(false);
  }, 60_000);

  test('a malformed policy: position, source line, what was expected, exit 1, nothing contacted', async () => {
    await bench.workspace.writePolicies({
      'bad.yaml':
        'apiVersion: tagwarden/v1\nkind: ResourceTagPolicy\nmetadata: { name: bad }\nspec:\n  mod: sync\n',
    });

    const planned = await tagwarden(['plan']);
    const validated = await tagwarden(['validate']);

    for (const { code, stderr } of [planned, validated]) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/bad\.yaml:5:3: error\[unknown-key\].*"mod"/);
      expect(stderr).toContain('did you mean "mode"');
      expect(stderr).toContain('mod: sync');
    }
    expect(bench.simulator.requests.total).toBe(0);
  });

  test('a value over the limit that only a template shows is refused before the first write', async () => {
    await bench.workspace.writePolicies({
      'images.yaml': (fleetPolicies()['images.yaml'] ?? '').replace(
        'owner: platform',
        `owner: "{{ image.name }}-${'x'.repeat(42)}"`,
      ),
    });

    const run = await tagwarden(['apply', '--target', 'ims-north/*']);

    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/43/);
    expect(bench.simulator.journal.entries).toEqual([]);
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
    await bench.workspace.writePolicies({
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
    expect(bench.simulator.requests.total).toBe(0);
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
    const file = join(bench.workspace.folder, 'literal.yaml');
    await writeFile(
      file,
      'accounts:\n  hub:\n    provider: ucloud-uhub\n    auth:\n      publicKey: "${UC_PUB}"\n      privateKey: hunter2hunter2\n',
    );

    const { code, stderr } = await runTagwarden(['validate', '--config', file], KEY_ENV);

    expect(code).toBe(1);
    expect(stderr).toMatch(/literal\.yaml:6:\d+/);
    expect(stderr).not.toContain('hunter2');
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
