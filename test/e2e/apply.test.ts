import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useCliBench } from '../support/cli-bench.ts';
import { fleetPolicies, imageId, outOfPlace } from '../support/fleet.ts';
import { startTagwarden } from '../support/service-process.ts';
import { KEY_ENV, KEYS } from '../support/workspace.ts';

const SIZE = { images: 3, repositories: 2 };
const LIMITED = {
  'images.yaml': (fleetPolicies()['images.yaml'] ?? '').replace(
    '  protect:',
    '  limits: { maxDeletes: 2 }\n  protect:',
  ),
};

describe('tagwarden plan and apply', () => {
  const bench = useCliBench(SIZE);
  const { tagwarden } = bench;
  const written = (): number => bench.simulator.journal.entries.length;

  test('a ceiling of a policy counts over the whole sweep: exit 3, no write, --confirm with the overall digest', async () => {
    await bench.workspace.writePolicies(LIMITED);

    const planned = await tagwarden(['plan', '--output', 'json']);
    const refused = await tagwarden(['apply']);
    const writtenWhenRefused = written();
    const digest = /--confirm (sha256:[0-9a-f]{64})/.exec(refused.stdout)?.[1] ?? 'none';
    const other = await tagwarden(['apply', '--confirm', `sha256:${'0'.repeat(64)}`]);
    const writtenWithOther = written();
    const confirmed = await tagwarden(['apply', '--confirm', digest]);

    const reason =
      'policy "images" limits.maxDeletes: 3 deletes at 3 targets in one sweep, at most 2 may be made';
    const reasons = [`${reason}; to let this one sweep through: --confirm ${digest}`];
    expect(JSON.parse(planned.stdout)).toMatchObject({ digest, verdict: { safe: false, reasons } });
    expect([planned.code, refused.code, other.code, confirmed.code]).toEqual([3, 3, 3, 0]);
    expect([writtenWhenRefused, writtenWithOther]).toEqual([0, 0]);
    expect(refused.stdout).toMatch(/\nall targets refused together; nothing was written$/);
    expect(confirmed.stdout).toContain('5 targets: 0 in sync, 5 drifted');
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
  }, 60_000);

  test('a refusal of one target ends with what was done on the others', async () => {
    const policies = fleetPolicies();
    const guarded = '  limits: { maxDeletePercent: 0 }\n  protect:';
    const images = policies['images.yaml']?.replace('  protect:', guarded) ?? '';
    await bench.workspace.writePolicies({ ...policies, 'images.yaml': images });

    const { code, stdout } = await tagwarden(['apply']);
    const again = await tagwarden(['apply', '--output', 'json']);

    expect(code).toBe(3);
    expect(stdout).toMatch(
      /; 0 to add, 4 to copy, 2 to delete; 9 operations held back by guards; 6 applied.*\n3 targets refused; 6 operations applied on the others; safe to run again$/,
    );
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('3 targets refused; nothing was written');
  }, 60_000);

  test('a saved plan is held to the ceiling too, and confirmed by the digest it states', async () => {
    await bench.workspace.writePolicies(LIMITED);
    const file = join(bench.workspace.folder, 'plan.json');
    await tagwarden(['plan', '--out', file]);
    const { digest } = JSON.parse(await readFile(file, 'utf8'));

    const refused = await tagwarden(['apply', file]);
    const writtenWhenRefused = written();
    const confirmed = await tagwarden(['apply', file, '--confirm', digest]);

    expect([refused.code, confirmed.code]).toEqual([3, 0]);
    expect(writtenWhenRefused).toBe(0);
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
  }, 60_000);

  test('within the ceiling all is applied, and a sweep of one target counts alone', async () => {
    await bench.workspace.writePolicies(LIMITED);

    const one = await tagwarden(['apply', '--target', `ims-north/${imageId(0)}`]);
    const rest = await tagwarden(['apply']);

    expect([one.code, rest.code]).toEqual([0, 0]);
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
  }, 60_000);

  test('a target by its name is looked at without listing its account', async () => {
    const { code, stdout } = await tagwarden(['plan', '--target', `ims-north/${imageId(1)}`]);

    expect(code).toBe(0);
    expect(stdout).toContain('1 target: 0 in sync, 1 drifted');
    const calls = Object.keys(bench.simulator.requests.byOperation);
    expect(calls).toContain('ims.ListImageTags');
    expect(calls.filter((call) => call.startsWith('swr.'))).toEqual([]);
    expect(bench.simulator.requests.total).toBeLessThanOrEqual(2);
  }, 30_000);

  test('a target by its name that is not there is unknown, and one no policy selects is said', async () => {
    const gone = await tagwarden(['plan', '--target', `ims-north/${imageId(77)}`]);
    const foreign = await tagwarden(['plan', '--target', 'swr-north/other/app']);
    const nowhere = await tagwarden(['plan', '--target', 'nowhere/shop/app-0']);

    expect(gone.code).toBe(1);
    expect(gone.stdout).toContain(`ims-north/${imageId(77)} unknown`);
    expect(foreign.code).toBe(0);
    expect(foreign.stderr).toContain('no target that a policy selects matches');
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('"nowhere" is not configured, wanted one of ims-north');
  }, 30_000);

  test.each(['plan', 'apply'])(
    '%s --target with a broken glob is a usage error',
    async (command) => {
      const { code, stderr } = await tagwarden([command, '--target', 'ims-north/{']);

      expect(code).toBe(64);
      expect(stderr).toContain('--target');
      expect(stderr).not.toContain('defect');
    },
  );

  test('a saved plan can be applied in parts with --target', async () => {
    const file = join(bench.workspace.folder, 'plan.json');
    await tagwarden(['plan', '--out', file]);

    const images = await tagwarden(['apply', file, '--target', 'ims-north/*']);
    const left = outOfPlace(bench.simulator, SIZE);
    const repositories = await tagwarden(['apply', file, '--target', 'swr-north/**']);

    expect([images.code, repositories.code]).toEqual([0, 0]);
    expect(left).toHaveLength(SIZE.repositories);
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
  }, 60_000);

  test('a plan of a folder that is named is no other than that of the same folder configured', async () => {
    const file = join(bench.workspace.folder, 'plan.json');
    const folder = relative('', join(bench.workspace.folder, 'policies'));
    await tagwarden(['plan', folder, '--out', file]);

    const { code, stderr } = await tagwarden(['apply', file]);

    expect(stderr).toBe('');
    expect(code).toBe(0);
  }, 30_000);

  test('a signal in mid-apply ends it with 143, tells what was done, and a rerun finishes', async () => {
    bench.simulator.faults.add({ kind: 'hang', service: 'swr', times: Number.POSITIVE_INFINITY });
    const { configFile } = bench.workspace;
    const run = startTagwarden(['apply', '--output', 'json', '--config', configFile], KEY_ENV);
    while (written() < SIZE.images * 3) await new Promise((done) => setTimeout(done, 20));

    run.kill('SIGTERM');
    const code = await run.ended;
    bench.simulator.faults.clear();
    const again = await tagwarden(['apply']);

    expect(code).toBe(143);
    expect(run.errors.join()).toContain('a rerun is safe');
    expect(JSON.parse(run.lines.join('\n')).summary).toMatchObject({ drifted: 3, applied: 9 });
    expect(again.code).toBe(0);
    expect(outOfPlace(bench.simulator, SIZE)).toEqual([]);
  }, 60_000);

  test('a secret that turns up in a tag is blanked on stdout and in the saved plan', async () => {
    bench.simulator.world.setImageTag(imageId(0), 'stage', KEYS.secretKey);
    const file = join(bench.workspace.folder, 'plan.json');

    const { code, stdout, stderr } = await tagwarden(['plan', '--out', file]);
    const saved = await readFile(file, 'utf8');

    expect(code).toBe(0);
    expect(stdout).toContain('[secret] → prod');
    expect(`${stdout}${stderr}${saved}`).not.toContain(KEYS.secretKey);
  }, 30_000);

  test('a reader that goes away ends the command without a word', async () => {
    const run = startTagwarden(['schema', 'policy']);
    run.child.stdout?.destroy();

    const code = await run.ended;

    expect(code).toBe(0);
    expect(run.errors).toEqual([]);
  }, 30_000);
});
