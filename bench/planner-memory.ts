/**
 * Memory of one plan for 50,000 tags over bare Node, with the planner as built: `planner.ts` runs from source, where
 * Node needs memory to strip the types.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import { IMAGE_CAPABILITIES, planInput } from '../test/support/policies.ts';
import { NOW, REPOSITORY } from '../test/support/tags.ts';
import { pagesOf, REPOSITORY_NAMES, rules } from './repositories.ts';
import { report } from './support/rows.ts';

const SIZE = 50_000;
const MOST_MB = 150;
// Not resourceUsage().maxRSS: that begins with the memory of the process that started this one.
const PEAK = `console.log(/VmHWM:\\s+(\\d+)/.exec(
  process.getBuiltinModule('node:fs').readFileSync('/proc/self/status', 'utf8'),
)[1]);`;
const built = mkdtempSync(join(tmpdir(), 'planner-'));
const file = join(built, 'plan.js');
await build({ input: 'src/plan/plan.ts', platform: 'node', output: { file }, logLevel: 'silent' });
const planner = pathToFileURL(file).href;

const bareKb = peakKb(PEAK);
for (const repository of REPOSITORY_NAMES) {
  const folder = mkdtempSync(join(tmpdir(), `${repository}-`));
  for (const [page, text] of pagesOf(repository, SIZE).entries()) {
    writeFileSync(join(folder, `${page}.json`), text);
  }
  const mb = ((peakKb(scriptFor(folder)) - bareKb) * 1_024) / 1_000_000;
  rmSync(folder, { recursive: true });
  report({
    bench: 'planner-memory',
    what: `${repository}, first plan for ${SIZE.toLocaleString('en-US')} tags`,
    value: mb,
    unit: 'MB',
    wanted: { limit: 'at most', value: MOST_MB },
    figures: 'the planner as built, over bare Node',
  });
}
rmSync(built, { recursive: true });

/** Plain JavaScript, so that nothing is loaded but the planner; dates and functions do not travel as JSON. */
function scriptFor(folder: string): string {
  const listing = { target: REPOSITORY, tags: [] };
  const given = { target: REPOSITORY, policies: [rules], listing };
  const input = planInput({ ...given, capabilities: IMAGE_CAPABILITIES });
  return `
    import { readdirSync, readFileSync } from 'node:fs';
    import { planTarget } from ${JSON.stringify(planner)};
    const folder = ${JSON.stringify(folder)};
    const tags = readdirSync(folder).flatMap((page) =>
      JSON.parse(readFileSync(folder + '/' + page, 'utf8')).map(({ name, value, updatedAtMs }) => {
        const updatedAt = new Date(updatedAtMs);
        return { name, value, createdAt: updatedAt, updatedAt };
      }),
    );
    const input = ${JSON.stringify(input)};
    planTarget({
      ...input,
      listing: { ...input.listing, tags },
      images: new Map(),
      confirmed: new Set(),
      now: new Date(${NOW.getTime()}),
      capabilities: {
        kind: 'image',
        operations: new Set(['copy', 'delete']),
        missing: {},
        maxTags: null,
        refuseName: () => null,
        refuseValue: () => null,
      },
    });
    ${PEAK}`;
}

function peakKb(script: string): number {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
