import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useCliBench } from '../support/cli-bench.ts';
import { imageId } from '../support/fleet.ts';
import { runTagwarden } from '../support/service-process.ts';

describe('tagwarden test', () => {
  const current = { folder: '' };
  beforeEach(async () => {
    current.folder = await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
  });
  afterEach(async () => {
    await rm(current.folder, { recursive: true, force: true });
  });

  test('passes for the examples, and fails with a diff when a policy changes its mind', async () => {
    const [policy, tests] = await Promise.all(
      ['policies/ci-retention.yaml', 'policies/tests/ci-retention.yaml'].map(
        async (file) => await readFile(file, 'utf8'),
      ),
    );
    await writeFile(join(current.folder, 'policy.yaml'), `${policy?.replace('60d', '5d')}`);
    await writeFile(join(current.folder, 'tests.yaml'), `${tests}`);

    const examples = await runTagwarden(['test', 'policies']);
    const changed = await runTagwarden(['test', current.folder]);

    expect(examples.stdout).toMatch(/ passed, 0 failed$/);
    expect([examples.code, examples.stderr]).toEqual([0, '']);
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(
      /^FAIL {2}ci-retention-deletes-old-builds-only .*tests\.yaml:2$/m,
    );
    expect(changed.stdout).toMatch(/^ {6}\+ delete ci-2$/m);
  });
});

describe('tagwarden snapshot and explain', () => {
  const bench = useCliBench({ images: 1, repositories: 1 });

  test('a snapshot passes as a test, and explains offline what live explains', async () => {
    const file = join(bench.workspace.folder, 'snap.yaml');
    const target = `ims-north/${imageId(0)}`;

    const taken = await bench.tagwarden(['snapshot', target, '--out', file]);
    const tested = await bench.tagwarden(['test', file]);
    const live = await bench.tagwarden(['explain', target, '--output', 'json']);
    await bench.simulator.close();
    const offline = await bench.tagwarden([
      'explain',
      target,
      '--snapshot',
      file,
      '--output',
      'json',
    ]);

    expect([taken.code, tested.code, live.code, offline.code]).toEqual([0, 0, 0, 0]);
    const [now, then] = [live, offline].map(({ stdout }) => JSON.parse(stdout) as object);
    expect(then).toMatchObject({ ...now, now: expect.any(String), tags: expect.any(Array) });
    expect(Reflect.get(then ?? {}, 'tags')).toHaveLength(Reflect.get(now ?? {}, 'tags').length);
  });
});
