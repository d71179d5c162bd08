import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSavedPlan } from '../../src/cli/saved-plan.ts';
import { readVersion } from '../../src/config/version.ts';

async function saved(document: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-plan-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'plan.json');
  await writeFile(file, JSON.stringify(document));
  return file;
}

const PLAN = { digest: 'sha256:1', policy_revision: 'sha256:2', plans: [] };

describe('readSavedPlan()', () => {
  test.each([
    { format: '2.0', tool: '9.1.0', plans: [] },
    { format: '1.1', tool: '0.9.0', plans: { later: 'another shape' } },
  ])(
    'refuses format $format of another release, and names both versions and the way on',
    async ({ format, tool, plans }) => {
      const file = await saved({ ...PLAN, format_version: format, tool_version: tool, plans });

      await expect(readSavedPlan(file, null)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message:
          `Cannot read saved plan "${file}": it has format ${format}, of tagwarden ${tool}, wanted format 1.0, ` +
          `which this release (${readVersion()}) reads; nothing was written, run plan --out again with this release`,
      });
    },
  );

  test('reads its format with keys that another release of the same format adds', async () => {
    const plans = [{ target: 'swr/shop', status: 'drifted', digest: 'sha256:3', cost: 1 }];
    const file = await saved({ ...PLAN, format_version: '1.0', colour: 'red', plans });

    const { digests } = await readSavedPlan(file, null);

    expect([...digests]).toEqual([['swr/shop', 'sha256:3']]);
  });

  test.each([{}, null, []])('refuses what is no plan: %j', async (document) => {
    const file = await saved(document);

    await expect(readSavedPlan(file, null)).rejects.toThrow('it is missing or not a plan');
  });
});
