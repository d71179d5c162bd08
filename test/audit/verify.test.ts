import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.ts';
import { aFolder, anAudit, aWrite } from './bench.ts';

/** A file of an open, three writes with their results, and a close: eight lines. */
async function aFile(): Promise<{ readonly file: string; readonly lines: string[] }> {
  const folder = await aFolder();
  const audit = anAudit(folder);
  for (const tag of ['v1', 'v2', 'v3']) {
    const seq = await audit.intent(aWrite(tag));
    await audit.result(aWrite(tag), seq, { status: 'applied', attempts: 1 });
  }
  await audit.close();
  const [name = ''] = await readdir(folder);
  const file = join(folder, name);
  return { file, lines: (await readFile(file, 'utf8')).split('\n').slice(0, -1) };
}

describe('verifyAudit()', () => {
  test('verifyAudit() finds nothing in a file as it was written', async () => {
    const { file } = await aFile();

    expect(await verifyAudit(file)).toEqual({
      files: 1,
      records: 8,
      writes: 3,
      breaks: [],
      open: [],
      notes: [],
    });
  });

  test.each([
    {
      what: 'altered',
      edit: (lines: string[]) => lines.with(3, (lines[3] ?? '').replace('"v2"', '"v9"')),
      places: [4, 5],
    },
    { what: 'taken out', edit: (lines: string[]) => lines.toSpliced(3, 1), places: [4] },
    {
      what: 'doubled',
      edit: (lines: string[]) => lines.toSpliced(3, 0, lines[3] ?? ''),
      places: [5],
    },
    { what: 'taken from the start', edit: (lines: string[]) => lines.slice(1), places: [1] },
    {
      what: 'swapped',
      edit: (lines: string[]) => lines.with(3, lines[4] ?? '').with(4, lines[3] ?? ''),
      places: [4, 5, 6],
    },
    { what: 'altered at the end', edit: (lines: string[]) => lines.with(7, '{}'), places: [8] },
    { what: 'emptied', edit: (lines: string[]) => lines.with(5, ''), places: [6, 7] },
  ])('verifyAudit() names file and line where a record was $what', async ({ edit, places }) => {
    const { file, lines } = await aFile();
    await writeFile(
      file,
      edit(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );

    const { breaks } = await verifyAudit(file);

    expect(breaks.map(({ line }) => line)).toEqual(places);
    expect(breaks.every((place) => place.file === file)).toBe(true);
  });

  test('verifyAudit() says that the end is missing where lines were cut off', async () => {
    const { file, lines } = await aFile();
    await writeFile(
      file,
      lines
        .slice(0, 4)
        .map((line) => `${line}\n`)
        .join(''),
    );

    const { breaks, open, notes } = await verifyAudit(file);

    expect(breaks).toEqual([]);
    expect(open.map(({ line }) => line)).toEqual([4]);
    expect(notes.map(({ what }) => what).join()).toContain('has no end');
  });

  test('verifyAudit() takes a torn last record for what a crash leaves', async () => {
    const { file, lines } = await aFile();
    const text = lines.map((line) => `${line}\n`).join('');
    await writeFile(file, text.slice(0, -20));

    const { breaks, notes } = await verifyAudit(file);

    expect(breaks).toEqual([]);
    expect(notes.map(({ what }) => what).join()).toContain('cut short');
  });

  test('verifyAudit() follows a chain over files, and finds one that was changed between them', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder, { maxBytes: 1_500 });
    for (let at = 0; at < 6; at += 1) await audit.intent(aWrite(`v${at}`));
    await audit.close();
    const [first = '', second = ''] = (await readdir(folder)).sort();
    const before = await verifyAudit(folder);
    const text = await readFile(join(folder, first), 'utf8');
    await writeFile(join(folder, first), `${text.trim().split('\n').slice(0, -1).join('\n')}\n`);

    const after = await verifyAudit(folder);

    expect(before.breaks).toEqual([]);
    expect(after.breaks).toEqual([
      { file: join(folder, second), line: 1, what: expect.stringContaining('follows record') },
    ]);
  });

  test('verifyAudit() keeps processes apart that write to one folder', async () => {
    const folder = await aFolder();
    const [one, other] = [anAudit(folder), anAudit(folder, { name: 'audit-b' })];
    const [seq] = await Promise.all([one.intent(aWrite()), other.intent(aWrite())]);
    await one.result(aWrite(), seq, { status: 'skipped', reason: 'no' });
    await Promise.all([one.close(), other.close()]);

    const { breaks, open, files } = await verifyAudit(folder);

    expect({ breaks, files }).toEqual({ breaks: [], files: 2 });
    expect(open).toHaveLength(1);
    expect(open[0]?.file).toContain('audit-b');
  });
});
