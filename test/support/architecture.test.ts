import { describe, expect, test } from 'vitest';
import {
  countLines,
  findBreaches,
  findCycle,
  findGlobals,
  findImpurities,
  findMisplaced,
  findRow,
  findStrays,
  parseImports,
  type SourceFile,
} from './architecture.ts';
import {
  FREE_TEST_FOLDERS,
  GLOBAL_WALLS,
  IMPORT_TABLE,
  PURE,
  WALLS,
} from './architecture-table.ts';

function aFile(path: string, text: string): SourceFile {
  return { path: `src/${path}`, text };
}

describe('parseImports()', () => {
  test.each([
    ["import { a } from './a.ts';", false],
    ["import type { A } from './a.ts';", true],
    ["import { type A } from './a.ts';", false],
    ["import a, {\n  b,\n} from './a.ts';", false],
    ["import * as a from './a.ts';", false],
    ["import './a.ts';", false],
    ["export { a } from './a.ts';", false],
    ["export * from './a.ts';", false],
    ["export type { A } from './a.ts';", true],
    ["const a = await import('./a.ts');", false],
    ["const glob = 'shop/*';\nconst a = await import(\n  './a.ts'\n); // */", false],
  ])('reads %j', (text, isType) => {
    expect(parseImports(text)).toEqual([{ specifier: './a.ts', isType }]);
  });

  test.each([
    "// import { a } from './a.ts';",
    "/**\n * import('./a.ts')\n */",
    "export const from = './a.ts';",
  ])('ignores %j', (text) => {
    expect(parseImports(text)).toEqual([]);
  });
});

describe('findRow()', () => {
  test.each([
    ['main.ts', 'main.ts'],
    ['plan/select/semver.ts', 'plan'],
    ['providers/provider.ts', 'providers/provider.ts'],
    ['providers/oci/index.ts', 'providers/oci'],
    ['helpers/index.ts', null],
    ['providers/stray.ts', null],
  ])('places %s in %s', (path, row) => {
    expect(findRow(path, IMPORT_TABLE)).toBe(row);
  });
});

describe('findStrays() with the import table', () => {
  test.each([
    ['model/plan.ts', "import { x } from '../policy/schema.ts';"],
    ['policy/parse.ts', "import { x } from '../plan/plan.ts';"],
    ['policy/parse.ts', "import type { X } from '../plan/plan.ts';"],
    ['plan/plan.ts', "import { x } from '../policy/schema.ts';"],
    ['plan/plan.ts', "import { x } from '../providers/provider.ts';"],
    ['apply/apply.ts', "import { x } from '../plan/diff.ts';"],
    ['apply/apply.ts', "import { x } from '../http/client.ts';"],
    ['report/text.ts', "import { x } from '../apply/apply.ts';"],
    ['http/client.ts', "import type { X } from '../config/schema.ts';"],
    ['providers/provider.ts', "import { x } from '../http/client.ts';"],
    ['providers/oci/index.ts', "import { x } from '../huawei-swr/index.ts';"],
    ['providers/oci/index.ts', "import { x } from '../../plan/plan.ts';"],
    ['reconcile.ts', "import { x } from './telemetry/log.ts';"],
    ['sweep.ts', "import { x } from './queue/jobs.ts';"],
    ['sources/directory.ts', "import { x } from '../config/load.ts';"],
    ['config/load.ts', "import { x } from '../telemetry/log.ts';"],
    ['telemetry/log.ts', "import { x } from '../report/text.ts';"],
    ['server/app.ts', "import { x } from '../queue/queues.ts';"],
    ['queue/worker.ts', "import { x } from '../server/app.ts';"],
    ['queue/worker.ts', "await import('../simulator/main.ts');"],
    ['cli/plan.ts', "import { x } from '../compose.ts';"],
    ['compose.ts', "import { x } from './simulator/main.ts';"],
    ['simulator/world.ts', "import type { X } from '../model/tag.ts';"],
    ['main.ts', "import { x } from './simulator/main.ts';"],
    ['clouds.ts', "import { x } from './queue/worker.ts';"],
    ['service/start.ts', "import { x } from '../compose.ts';"],
    ['helpers/x.ts', ''],
  ])('refuses in %s: %s', (path, text) => {
    expect(findStrays(aFile(path, text), IMPORT_TABLE)).toHaveLength(1);
  });

  test.each([
    ['plan/plan.ts', "import type { X } from '../policy/schema.ts';"],
    ['plan/select/semver.ts', "import { x } from '../../policy/semver.ts';"],
    ['report/text.ts', "import type { X } from '../apply/apply.ts';"],
    ['apply/apply.ts', "import type { X } from '../providers/provider.ts';"],
    ['providers/oci/index.ts', "import { x } from './schema.ts';"],
    ['providers/oci/index.ts', "import { x } from '../../http/client.ts';"],
    ['providers/catalog.ts', "import { x } from './oci/index.ts';"],
    ['cli/simulate.ts', "await import('../simulator/main.ts');"],
    ['main.ts', "import { x } from './cli/plan.ts';"],
    ['simulator/main.ts', "import { x } from './world.ts';"],
  ])('allows in %s: %s', (path, text) => {
    expect(findStrays(aFile(path, text), IMPORT_TABLE)).toEqual([]);
  });
});

describe('findBreaches() with the walls', () => {
  test.each([
    ['sweep.ts', 'bullmq'],
    ['sources/directory.ts', 'bullmq'],
    ['server/app.ts', 'ioredis'],
    ['sweep.ts', '@electric-sql/pglite/live'],
    ['queue/worker.ts', 'fastify'],
    ['providers/oci/index.ts', 'undici'],
    ['queue/worker.ts', 'p-retry'],
    ['apply/apply.ts', 'limiter'],
    ['queue/worker.ts', 'commander'],
    ['queue/worker.ts', 'pino'],
    ['http/client.ts', 'node:fs/promises'],
  ])('refuses in %s: %s', (path, name) => {
    expect(findBreaches(aFile(path, `import x from '${name}';`), WALLS)).toHaveLength(1);
  });

  test.each([
    ['queue/worker.ts', 'bullmq'],
    ['queue/backend.ts', 'ioredis'],
    ['http/client.ts', 'undici'],
    ['main.ts', 'commander'],
    ['policy/schema.ts', 'zod'],
  ])('allows in %s: %s', (path, name) => {
    expect(findBreaches(aFile(path, `import x from '${name}';`), WALLS)).toEqual([]);
  });
});

describe('findImpurities() with the pure folders', () => {
  test.each([
    ['model/tag.ts', 'yaml', 1],
    ['plan/plan.ts', 'node:timers/promises', 1],
    ['policy/parse.ts', 'node:fs', 1],
    ['plan/hash.ts', 'node:crypto', 0],
    ['queue/worker.ts', 'node:net', 0],
  ])('of %s importing %s: %d', (path, name, count) => {
    expect(findImpurities(aFile(path, `import x from '${name}';`), PURE)).toHaveLength(count);
  });
});

describe('findGlobals() with the walls', () => {
  test.each([
    ['plan/plan.ts', 'const now = Date.now();', 1],
    ['plan/plan.ts', 'const now = new Date();', 1],
    ['plan/plan.ts', 'const now = new Date;', 1],
    ['plan/plan.ts', 'const now = clock ?? Date.now;', 1],
    ['plan/plan.ts', 'const at = new Date(text);', 0],
    ['plan/plan.ts', '// Date.now() is an argument', 0],
    ['apply/apply.ts', 'wait(Math.random());', 1],
    ['apply/apply.ts', "import { randomUUID } from 'node:crypto';", 1],
    ['compose.ts', 'const now = () => new Date();', 0],
    ['queue/backend.ts', "process.env['REDIS_URL'];", 1],
    ['queue/backend.ts', "import { env } from 'node:process';", 1],
    ['config/load.ts', "process.env['REDIS_URL'];", 0],
    ['cli/plan.ts', 'process.exit(1);', 1],
    ['cli/plan.ts', 'process.exitCode = 1;', 1],
    ['main.ts', 'process.exitCode = 1;', 0],
  ])('of %s with %s: %d', (path, text, count) => {
    expect(findGlobals(aFile(path, text), GLOBAL_WALLS)).toHaveLength(count);
  });
});

describe('findCycle()', () => {
  const a = aFile('a.ts', "import './b/index.ts';");
  const b = aFile('b/index.ts', "export * from './c.ts';");

  test('names the files of a cycle, a type import included', () => {
    const c = aFile('b/c.ts', "import type { A } from '../a.ts';");

    expect(findCycle([a, b, c])).toBe('a.ts → b/index.ts → b/c.ts → a.ts');
  });

  test('finds none in a diamond', () => {
    const d = aFile('d.ts', "import './a.ts';\nimport './b/c.ts';");

    expect(findCycle([d, a, b, aFile('b/c.ts', '')])).toBeNull();
  });
});

describe('findMisplaced()', () => {
  const subjects = ['src/plan/diff.ts', 'src/providers/oci/index.ts', 'tools/count-reporter.ts'];

  test.each([
    ['test/plan/diff.test.ts', true],
    ['test/plan/diff.order.test.ts', true],
    ['test/providers/oci.test.ts', true],
    ['test/providers/oci/index.test.ts', true],
    ['test/tools/count-reporter.test.ts', true],
    ['test/chaos/kill.test.ts', true],
    ['test/plan/diffs.test.ts', false],
    ['test/diff.test.ts', false],
    ['test/chaos.test.ts', false],
  ])('of %s', (path, fits) => {
    expect(findMisplaced(path, subjects, FREE_TEST_FOLDERS) === null).toBe(fits);
  });
});

test.each([
  ['', 0],
  ['a', 1],
  ['a\n', 1],
  ['a\nb', 2],
])('countLines() of %j is %d', (text, lines) => {
  expect(countLines(text)).toBe(lines);
});
