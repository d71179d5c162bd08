import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { useCliBench } from '../support/cli-bench.ts';
import { imageId, outOfPlace } from '../support/fleet.ts';
import { runTagwarden } from '../support/service-process.ts';

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
  const bench = useCliBench(SIZE);
  const { tagwarden } = bench;
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
    expect(bench.simulator.journal.entries).toEqual([]);
  });

  test('apply reaches the desired state, and a second plan finds nothing', async () => {
    const applied = await tagwarden(['apply']);
    const after = await plan();

    expect(applied.stderr).toBe('');
    expect(applied.code).toBe(0);
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
    expect(after.document.summary).toMatchObject({ targets: 5, in_sync: 5, drifted: 0 });
  });

  test('an in-sync pass of one target is one call, discovery aside', async () => {
    await tagwarden(['apply']);
    bench.simulator.requests.reset();

    await plan();

    expect(bench.simulator.requests.byOperation).toEqual({
      'ims.ListImages': 1,
      'ims.ListImageTags': SIZE.images,
      'swr.ListRepos': 1,
      'swr.ListRepoTags': SIZE.repositories,
    });
  });

  test('apply of a saved plan works once and is refused with exit 5 and no write when the world moved', async () => {
    const file = join(bench.workspace.folder, 'plan.json');
    await tagwarden(['plan', '--out', file]);
    bench.simulator.world.setImageTag(imageId(1), 'stage', 'test');

    const stale = await tagwarden(['apply', file]);
    const writesWhenStale = bench.simulator.journal.entries.length;
    await tagwarden(['plan', '--out', file]);
    const fresh = await tagwarden(['apply', file]);

    expect(stale.code).toBe(5);
    expect(stale.stderr).toContain(imageId(1));
    expect(writesWhenStale).toBe(0);
    expect(fresh.code).toBe(0);
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
  });

  test('a guard refuses with exit 3, and --confirm with the printed digest lets the plan through', async () => {
    for (let index = 0; index < 5; index += 1)
      bench.simulator.world.setImageTag(imageId(0), `tmp-${index}`, 'x');

    const refused = await tagwarden(['apply', '--target', `ims-north/${imageId(0)}`]);
    const writesWhenRefused = bench.simulator.journal.entries.length;
    const digest = /--confirm (sha256:[0-9a-f]{64})/.exec(refused.stdout)?.[1] ?? 'none';
    const wrong = await tagwarden(['apply', '--confirm', `sha256:${'0'.repeat(64)}`]);
    const confirmed = await tagwarden(['apply', '--confirm', digest]);

    expect(refused.code).toBe(3);
    expect(writesWhenRefused).toBe(0);
    expect(wrong.code).toBe(3);
    expect(confirmed.code).toBe(0);
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
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
