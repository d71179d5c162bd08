import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { shownPath } from '../../src/sources/directory.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';
import { runHere } from './run-here.ts';

const POLICY = `apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: sync
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  channels: [{ tag: stable, select: { semver: "*" } }]
  retain: [{ name: old, action: delete, pattern: "ci-.*", olderThan: 3d }]
`;
const SNAPSHOT = `apiVersion: tagwarden/v1
kind: PolicyTest
metadata: { name: snap }
spec:
  now: 2026-06-01
  target: swr-north/shop/web
  provider: huawei-swr
  listing:
    - { name: 1.0.0, digest: a, age: 3d }
    - { name: 1.1.0, digest: b, age: 1d }
    - { name: stable, digest: a, age: 3d }
    - { name: ci-1, digest: c, age: 9d }
  expect: { status: drifted, operations: [{ type: copy, tag: stable }, { type: delete, tag: ci-1 }] }
`;
const TARGET = 'swr-north/shop/web';

const current = { folder: '' };
const at = (name: string): string => join(current.folder, name);
const explain = async (...args: readonly string[]) =>
  await runHere(['explain', ...args, '--snapshot', at('snap.yaml'), '--policies', at('shop.yaml')]);

beforeEach(async () => {
  current.folder = await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
  await writeFile(at('shop.yaml'), POLICY);
  await writeFile(at('snap.yaml'), SNAPSHOT);
});
afterEach(async () => {
  await rm(current.folder, { recursive: true, force: true });
});

describe('explain()', () => {
  test('explain() tells which rule decided about a tag of a snapshot, contacting nothing', async () => {
    const { code, stdout, stderr } = await explain(TARGET, 'stable');

    expect(stderr).toBe('');
    expect(stdout).toContain('swr-north/shop/web at 2026-06-01T00:00:00.000Z\n  policies: shop\n');
    expect(stdout).toMatch(/\nstable {2}changes: [0-9a-f]{12} → [0-9a-f]{12} from 1\.1\.0\n/);
    expect(stdout).toContain(`decided   shop channels[0] (${shownPath(at('shop.yaml'))}:7)`);
    expect(stdout).toContain('newest version matching *');
    expect(code).toBe(0);
  });

  test('explain() tells about every tag when none is named', async () => {
    const { stdout } = await explain(TARGET, '--output', 'json');

    const { tags } = JSON.parse(stdout) as { tags: { tag: string; planned: string | null }[] };
    expect(tags.map(({ tag }) => tag)).toEqual(['1.0.0', '1.1.0', 'ci-1', 'stable']);
    expect(tags.find(({ tag }) => tag === 'ci-1')?.planned).toBeNull();
  });

  test.each([
    ['shop', 64, 'names no target'],
    ['swr-north/shop/other', 1, 'does not hold it, wanted one of swr-north/shop/web'],
  ])('explain() of "%s" ends with %i and says why', async (target, code, message) => {
    const result = await explain(target);

    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });

  test('explain() says that the snapshot is not there', async () => {
    await rm(at('snap.yaml'));

    const { code, stderr } = await explain(TARGET);

    expect(stderr).toMatch(/snapshot ".*snap\.yaml" is not there, wanted a file/);
    expect(code).toBe(1);
  });

  test('explain() takes the test that --test names, and lists the names when none is picked', async () => {
    const later = SNAPSHOT.replace('snap', 'later').replace(
      'digest: b, age: 1d',
      'digest: e, age: 1d',
    );
    await writeFile(at('snap.yaml'), `${SNAPSHOT}---\n${later}`);

    const unpicked = await explain(TARGET, 'stable');
    const picked = await explain(TARGET, '1.1.0', '--test', 'later', '--output', 'json');
    const unknown = await explain(TARGET, 'stable', '--test', 'other');

    expect(unpicked).toMatchObject({ code: 1, stdout: '' });
    expect(unpicked.stderr).toContain(
      'holds 2 tests about it, wanted --test with one of snap, later\n',
    );
    expect(picked).toMatchObject({ code: 0, stderr: '' });
    expect(picked.stdout).not.toBe(
      (await explain(TARGET, '1.1.0', '--test', 'snap', '--output', 'json')).stdout,
    );
    expect(unknown.stderr).toContain('holds no test "other" about it, wanted one of snap, later\n');
  });

  test('explain() lists a target of several tests once', async () => {
    await writeFile(at('snap.yaml'), `${SNAPSHOT}---\n${SNAPSHOT.replace('snap', 'later')}`);

    const { stderr } = await explain('swr-north/shop/other');

    expect(stderr).toContain('wanted one of swr-north/shop/web\n');
  });

  test('explain() takes --test with --snapshot only', async () => {
    const { code, stderr } = await runHere(['explain', TARGET, '--test', 'snap']);

    expect(stderr).toContain('goes with --snapshot FILE');
    expect(code).toBe(64);
  });

  test('explain() says that a file is no snapshot', async () => {
    await writeFile(at('snap.yaml'), POLICY.replace('name: shop', 'name: other'));

    expect((await explain(TARGET)).stderr).toContain('wanted a PolicyTest in it');
  });

  test('explain() says when there is nothing to tell', async () => {
    await writeFile(
      at('snap.yaml'),
      SNAPSHOT.replace(
        /listing:[\s\S]*expect:.*\n/,
        'listing: []\n  expect: { status: in-sync }\n',
      ),
    );
    await writeFile(at('shop.yaml'), POLICY.replace(/ {2}channels:.*\n/, ''));

    const { stdout, stderr } = await explain(TARGET);

    expect(stdout).toContain('policies: shop');
    expect(stderr).toBe(`note: no tag is listed and no rule names one at ${TARGET}\n`);
  });

  test('explain() looks at the live target without a snapshot', async () => {
    await using simulator = await startSimulator().then((started) =>
      Object.assign(started, { [Symbol.asyncDispose]: async () => await started.close() }),
    );
    const workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: { 'shop.yaml': POLICY },
    });

    const { code, stdout } = await runHere(
      ['explain', TARGET, 'ci-1', '--config', workspace.configFile],
      KEY_ENV,
    );
    await workspace.remove();

    expect(stdout).toContain('\nci-1  is deleted, was ');
    expect(stdout).toContain('decided   shop retain[0]');
    expect(code).toBe(0);
    expect(simulator.journal.entries).toEqual([]);
  });
});
