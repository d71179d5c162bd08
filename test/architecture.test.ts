import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  countLines,
  findBreaches,
  findCycle,
  findGlobals,
  findImpurities,
  findMisplaced,
  findStrays,
  type SourceFile,
} from './support/architecture.ts';
import {
  FREE_TEST_FOLDERS,
  GLOBAL_WALLS,
  IMPORT_TABLE,
  MAX_LINES,
  PURE,
  WALLS,
} from './support/architecture-table.ts';

const sources = read('src/**/*.ts');
const tests = read('test/**/*.ts');
const tools = globSync('tools/**/*.ts');

function read(pattern: string): SourceFile[] {
  return globSync(pattern).map((path) => ({
    path: path.replaceAll('\\', '/'),
    text: readFileSync(path, 'utf8'),
  }));
}

describe('the source tree', () => {
  test('is found', () => {
    expect(sources.length).toBeGreaterThan(0);
  });

  test('imports only what the table allows', () => {
    expect(sources.flatMap((file) => findStrays(file, IMPORT_TABLE))).toEqual([]);
  });

  test('has no circular imports', () => {
    expect(findCycle(sources)).toBeNull();
  });

  test('keeps packages behind their walls', () => {
    expect(sources.flatMap((file) => findBreaches(file, WALLS))).toEqual([]);
  });

  test('keeps pure folders pure', () => {
    expect(sources.flatMap((file) => findImpurities(file, PURE))).toEqual([]);
  });

  test('reads clock, randomness and environment where they belong', () => {
    expect(sources.flatMap((file) => findGlobals(file, GLOBAL_WALLS))).toEqual([]);
  });

  test('has no file that is too long', () => {
    const long = [...sources, ...tests]
      .map(({ path, text }) => ({ path, lines: countLines(text) }))
      .filter(({ lines }) => lines > MAX_LINES);

    expect(long).toEqual([]);
  });

  test('has a subject for every test file', () => {
    const subjects = [...sources.map(({ path }) => path), ...tools];
    const misplaced = tests
      .filter(({ path }) => path.endsWith('.test.ts'))
      .map(({ path }) => findMisplaced(path, subjects, FREE_TEST_FOLDERS))
      .filter((why) => why !== null);

    expect(misplaced).toEqual([]);
  });
});
