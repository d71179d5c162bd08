import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { withFigures } from '../../bench/support/readme.ts';
import {
  isMet,
  ROWS_VARIABLE,
  type Row,
  readRows,
  report,
  tableOf,
} from '../../bench/support/rows.ts';

const ROW: Row = {
  bench: 'sweep',
  what: 'two targets',
  value: 1.2,
  unit: 'x',
  wanted: { limit: 'at most', value: 1.15 },
  figures: '3 s',
};

test.each([
  { value: 1, wanted: { limit: 'at most', value: 1 }, met: true },
  { value: 1.01, wanted: { limit: 'at most', value: 1 }, met: false },
  { value: 1, wanted: { limit: 'at least', value: 1 }, met: true },
  { value: 0.99, wanted: { limit: 'at least', value: 1 }, met: false },
  { value: Number.NaN, wanted: { limit: 'at most', value: 1 }, met: false },
  { value: 9, wanted: null, met: true },
] as const)('isMet() of $value with $wanted is $met', ({ met, ...row }) => {
  expect(isMet(row)).toBe(met);
});

test('tableOf() makes columns as wide as their longest cell and marks what is missed', () => {
  const free: Row = { ...ROW, what: 'calls', unit: '', wanted: null };

  const table = tableOf([ROW, free]);

  expect(table.split('\n')).toEqual([
    '| Bench   | What        | Result | Wanted       | Met    | Figures |',
    '|---------|-------------|--------|--------------|--------|---------|',
    '| `sweep` | two targets | 1.20 x | at most 1.15 | **no** | 3 s     |',
    '| `sweep` | calls       | 1.20   |              |        | 3 s     |',
  ]);
});

test('report() leaves its rows where readRows() finds them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const print = vi.spyOn(console, 'log').mockReturnValue();
  const file = join(folder, 'rows.jsonl');
  writeFileSync(file, '');
  vi.stubEnv(ROWS_VARIABLE, file);

  report(ROW);
  report({ ...ROW, wanted: null });

  expect(readRows(file)).toEqual([ROW, { ...ROW, wanted: null }]);
  expect(print.mock.calls).toEqual([
    ['sweep: two targets: 1.20 x, at most 1.15 wanted: MISSED (3 s)'],
    ['sweep: two targets: 1.20 x (3 s)'],
  ]);
});

test('withFigures() replaces what stands between the marks, again and again', () => {
  const [begin, end] = [
    '<!-- begin of the last figures; `npm run bench -- --write` replaces them -->',
    '<!-- end of the last figures -->',
  ];
  const text = `before\n${begin}\nold\n${end}\nafter\n`;

  const once = withFigures(text, 'new');

  expect(once).toBe(`before\n${begin}\n\nnew\n\n${end}\nafter\n`);
  expect(withFigures(once, 'new')).toBe(once);
});

test('withFigures() refuses a text without marks', () => {
  expect(() => withFigures('nothing', 'new')).toThrow(/is missing/);
});
