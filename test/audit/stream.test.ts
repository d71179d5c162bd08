import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createFileSink, type Sink } from '../../src/audit/sink.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { aFolder, anAudit, aWrite, linesOf } from './bench.ts';

const APPLIED = { status: 'applied', attempts: 2 } as const;

describe('createAudit()', () => {
  test('intent() and result() tell everything about a write, each bound to the record before', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder);

    const seq = await audit.intent(aWrite());
    await audit.result(aWrite(), seq, APPLIED);
    await audit.close();

    const records = (await linesOf(folder)).map((line) => JSON.parse(line));
    expect(records.map(({ type }) => type)).toEqual(['open', 'intent', 'result', 'close']);
    expect(records[1]).toMatchObject({
      schema_version: 1,
      seq: 1,
      ts: '2026-06-01T12:00:00.000Z',
      prev: records[0].hash,
      actor: { type: 'webhook', id: 'delivery-7' },
      commit: 'git:0123456789',
      policy: 'policy-a',
      rule: 'retain[0]',
      plan_id: 'sha256:feed',
      run_id: 'run-1',
      target: 'swr/shop/web',
      op: 'delete',
      tag: 'v1',
      digest_before: 'x',
      digest_after: null,
      outcome: null,
      attempts: null,
    });
    expect(records[2]).toMatchObject({ intent: 1, outcome: 'applied', attempts: 2 });
  });

  test('intent() is in the file when it resolves', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder);

    await audit.intent(aWrite('now'));
    const lines = await linesOf(folder);
    await audit.close();

    expect(lines.at(-1)).toContain('"tag":"now"');
  });

  test('intent() blanks secrets before it binds the record', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder);

    await audit.intent(aWrite('x-hunter22'));
    await audit.close();

    expect((await linesOf(folder)).join()).not.toContain('hunter22');
    expect((await verifyAudit(folder)).breaks).toEqual([]);
  });

  test('intent() keeps a record on one line whatever stands in a tag', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder);

    await audit.intent(aWrite('a\u2028b\n\r\u0000"c'));
    await audit.close();

    expect(await verifyAudit(folder)).toMatchObject({ breaks: [], records: 3 });
  });

  test('intents that come together share a flush and keep their order', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder);

    const seqs = await Promise.all(
      Array.from({ length: 500 }, async (_, at) => await audit.intent(aWrite(`v${at}`))),
    );
    await audit.close();

    expect(seqs).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
    expect(await verifyAudit(folder)).toMatchObject({ breaks: [], records: 502, writes: 500 });
  });

  test('close() leaves no file when nothing was written', async () => {
    const folder = await aFolder();

    await anAudit(folder).close();

    expect(await readdir(folder)).toEqual([]);
  });

  test('a file that is full, or was deleted, is followed by one that goes on from it', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder, { maxBytes: 2_000 });
    for (let at = 0; at < 10; at += 1) await audit.intent(aWrite(`v${at}`));
    const full = await readdir(folder);

    await rm(join(folder, full.at(-1) ?? ''));
    await audit.intent(aWrite('after'));
    await audit.close();

    expect(full.length).toBeGreaterThan(2);
    expect((await linesOf(folder)).join()).toContain('"tag":"after"');
    const verdict = await verifyAudit(folder);
    expect(verdict.breaks).toEqual([]);
    expect(verdict.notes.map(({ what }) => what).join()).toContain('not here to be checked');
  });

  test('a file that is renamed while it is written to stays whole', async () => {
    const folder = await aFolder();
    const audit = anAudit(folder);
    const seq = await audit.intent(aWrite());
    const [name = ''] = await readdir(folder);

    await rename(join(folder, name), join(folder, `old-${name}`));
    await audit.result(aWrite(), seq, APPLIED);
    await audit.close();

    expect(await verifyAudit(folder)).toMatchObject({ files: 1, breaks: [], notes: [], open: [] });
  });

  test('intent() throws AUDIT_UNAVAILABLE and leaves the chain as it was when a write fails', async () => {
    const written: string[] = [];
    let isFull = false;
    const sink: Sink = {
      append: async (text) => {
        if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        written.push(text);
        await Promise.resolve();
      },
      isDue: async () => written.length === 0,
      turn: async () => null,
      close: async () => undefined,
    };
    const audit = anAudit('', { sink });
    await audit.intent(aWrite('a'));
    isFull = true;
    const refused = audit.intent(aWrite('b'));
    await expect(refused).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await expect(refused).rejects.toThrow(/ENOSPC/);

    isFull = false;
    await audit.intent(aWrite('c'));

    const records = written
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ seq, tag }) => [seq, tag])).toEqual([
      [0, undefined],
      [1, 'a'],
      [2, 'c'],
    ]);
    expect(records[2].prev).toBe(records[1].hash);
  });

  test('a file whose first record was refused gets it before any other', async () => {
    const folder = await aFolder();
    const real = createFileSink({ folder, name: 'audit-a', maxBytes: 1_500 });
    const refusals = { left: 0 };
    const sink: Sink = {
      ...real,
      async append(text) {
        refusals.left -= 1;
        if (refusals.left >= 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        await real.append(text);
      },
    };
    const audit = anAudit(folder, { sink });
    for (let at = 0; at < 9; at += 1) {
      // Every third write finds the disk full: so do the first record of the first file, and some of others.
      refusals.left = at % 3 === 0 ? 1 : 0;
      await audit.intent(aWrite(`v${at}`)).catch(() => undefined);
    }
    await audit.close();

    const verdict = await verifyAudit(folder);
    expect(verdict.breaks).toEqual([]);
    expect(verdict.files).toBeGreaterThan(2);
    expect(verdict.writes).toBe(6);
  });

  test('a name that is taken does not end the stream', async () => {
    const folder = await aFolder();
    await writeFile(join(folder, 'audit-a-0001.jsonl'), '');
    const audit = anAudit(folder);

    await expect(audit.intent(aWrite('a'))).rejects.toThrow(/EEXIST/);
    await audit.intent(aWrite('b'));
    await audit.close();

    expect(await verifyAudit(folder)).toMatchObject({ breaks: [], writes: 1 });
  });

  test('a real file that may not grow any more takes whole records or none', async () => {
    const folder = await aFolder();
    const child = fileURLToPath(new URL('child-full.ts', import.meta.url));

    // The kernel cuts a write at the limit, as a full disk does: a part of a record is there before it fails.
    const run = spawn('bash', [
      '-c',
      `trap '' XFSZ; ulimit -f 4; exec "${process.execPath}" "${child}" "${folder}"`,
    ]);
    const told: Buffer[] = [];
    run.stdout.on('data', (chunk: Buffer) => told.push(chunk));
    await once(run, 'close');

    const { refused, kept } = JSON.parse(Buffer.concat(told).toString());
    expect(refused).toBeGreaterThan(0);
    expect(kept).toBeGreaterThan(0);
    expect(await verifyAudit(folder)).toMatchObject({ breaks: [], writes: kept });
  }, 20_000);

  test('a process that is killed leaves its last write visibly open', async () => {
    const folder = await aFolder();
    const child = fileURLToPath(new URL('child-full.ts', import.meta.url));

    const run = spawn(process.execPath, [child, folder, 'die']);
    await once(run, 'close');

    const { breaks, open, notes } = await verifyAudit(folder);
    expect(breaks).toEqual([]);
    expect(open).toHaveLength(1);
    expect(open[0]?.what).toContain('delete "v0" at "swr/shop/web" was announced');
    expect(notes.map(({ what }) => what).join()).toContain('was killed');
  }, 20_000);
});
