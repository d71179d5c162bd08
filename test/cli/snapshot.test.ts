import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';
import { runHere } from './run-here.ts';

const LABELS = `apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: labels }
spec:
  mode: sync
  targets: [{ account: ims-north, images: { visibility: private } }]
  tags: { ensure: { os: "{{ image.osType | lower }}" }, remove: [tmp] }
`;
const SHOP = `apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: sync
  targets: [{ account: swr-north, repositories: ["shop/*"] }, { account: hub, repositories: ["team/*"] }]
  retain: [{ name: old-ci, action: delete, pattern: "ci-.*", olderThan: 80d }]
`;
const WORKER = 'ims-north/2d8e4b62-8b4f-4a1f-8d66-9eab5c2f3a02';

describe('snapshot()', () => {
  const current: { simulator?: Simulator; workspace?: Workspace } = {};
  const folder = (): string => current.workspace?.folder ?? '';
  const tagwarden = async (...args: readonly string[]) =>
    await runHere([...args, '--config', join(folder(), 'tagwarden.yaml')], KEY_ENV);

  beforeEach(async () => {
    const simulator = await startSimulator();
    current.simulator = simulator;
    current.workspace = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: { 'labels.yaml': LABELS, 'shop.yaml': SHOP },
    });
  });
  afterEach(async () => {
    await current.simulator?.close();
    await current.workspace?.remove();
  });

  test.each([
    ['swr-north/shop/web', ['digest: sha256:', 'updated: ', 'type: delete', 'tag: ci-1']],
    ['hub/team/web', ['name: v1.0.0, ', 'updated: ', 'status: in-sync']],
    [WORKER, ['osType: Linux', 'type: add', 'value: linux', 'type: delete', 'tag: tmp']],
    ['swr-north/platform/ingress', ['operations: []', 'status: in-sync']],
  ])('snapshot() of %s is a test that passes, in a folder that it makes', async (target, parts) => {
    const file = join(folder(), 'policies', 'tests', 'snap.yaml');

    const taken = await tagwarden('snapshot', target, '--out', file);
    const tested = await tagwarden('test', file);

    expect(taken).toMatchObject({ code: 0, stdout: '' });
    expect(taken.stderr).toContain(`${file} written`);
    expect(tested.stdout).toMatch(/\n1 test: 1 passed, 0 failed\n$/);
    expect(tested.code).toBe(0);
    const text = await readFile(file, 'utf8');
    for (const part of parts) expect(text).toContain(part);
    expect(current.simulator?.journal.entries).toEqual([]);
  });

  test('snapshot() writes to stdout unless told a file, and overwrites none', async () => {
    const file = join(folder(), 'snap.yaml');
    await writeFile(file, 'mine');

    const shown = await tagwarden('snapshot', WORKER);
    const refused = await tagwarden('snapshot', WORKER, '--out', file);
    const kept = await readFile(file, 'utf8');
    const forced = await tagwarden('snapshot', WORKER, '--out', file, '--force');

    expect(shown.stdout).toContain('kind: PolicyTest\n');
    expect(refused).toMatchObject({
      code: 1,
      stderr: `error: "${file}" is there already; --force overwrites it\n`,
    });
    expect(kept).toBe('mine');
    expect(forced.code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('kind: PolicyTest\n');
  });

  test('snapshot() says that names protected in the configuration are not protected in a test', async () => {
    const { simulator, workspace } = current;
    if (simulator === undefined || workspace === undefined) throw new Error('not set up');
    const other = await createWorkspace({
      simulator,
      queueUrl: 'embedded:./queue',
      policies: { 'labels.yaml': LABELS },
      account: { protect: ['tm*'] },
    });

    const { stdout, stderr } = await runHere(
      ['snapshot', WORKER, '--config', other.configFile],
      KEY_ENV,
    );
    await other.remove();

    expect(stderr).toBe(
      'note: what tagwarden.yaml protects (tm*) is no part of a test, what a policy protects is\n',
    );
    expect(stdout).toContain('type: delete, tag: tmp');
  });

  test.each([
    ['shop', 64, 'error: "shop" names no target, wanted account/path'],
    ['swr-north/shop/*', 64, 'names no target'],
    ['nowhere/shop/web', 1, 'account "nowhere" is not configured, wanted one of ims-north'],
    ['swr-north/shop/absent', 1, 'error[PROVIDER_NOT_FOUND]'],
  ])('snapshot() of "%s" ends with %i and says why', async (target, code, message) => {
    const result = await tagwarden('snapshot', target);

    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });
});
