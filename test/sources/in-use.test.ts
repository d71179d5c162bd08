import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createInUseReader, type InUseMemory } from '../../src/sources/in-use.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const KNOWN = { status: 'known', digests: new Set([DIGEST]) };
const HOUR_MS = 3_600_000;

function aFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'in-use-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'list.txt');
  writeFileSync(path, text);
  return path;
}

function aMemory(filled: boolean): InUseMemory & { notes: number } {
  const memory = {
    notes: 0,
    wasFilled: async () => filled || memory.notes > 0,
    noteFilled: async () => void (memory.notes += 1),
  };
  return memory;
}

function readerOf(path: string, memory: InUseMemory | null = null, now = () => new Date()) {
  const place = { type: 'file', path, maxAgeMs: HOUR_MS } as const;
  const read = createInUseReader({ place, memory, now });
  return async () => await read(new AbortController().signal);
}

/** A server of one answer. */
async function serve(status: number, headers: Record<string, string>, text: string) {
  const server = createServer((_request, response) => {
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/in-use?cluster=a`;
}

async function readUrl(url: string) {
  const place = { type: 'url', url, maxAgeMs: HOUR_MS } as const;
  const read = createInUseReader({ place, memory: null, now: () => new Date() });
  return await read(new AbortController().signal);
}

describe('createInUseReader() of a file', () => {
  test('gives the digests of the list', async () => {
    expect(await readerOf(aFile(`${DIGEST}\n`))()).toEqual(KNOWN);
  });

  test('knows nothing when the file is gone', async () => {
    const answer = await readerOf('/nowhere/list.txt')();

    expect(answer).toMatchObject({ status: 'unknown', reason: expect.stringContaining('ENOENT') });
  });

  test('knows nothing when the list is too old', async () => {
    const path = aFile(DIGEST);
    const old = new Date(Date.now() - HOUR_MS - 60_000);
    utimesSync(path, old, old);

    expect(await readerOf(path)()).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('older than maxAge allows'),
    });
  });

  test('knows nothing when an entry is no digest', async () => {
    expect(await readerOf(aFile('latest'))()).toMatchObject({ status: 'unknown' });
  });

  test.each([
    { what: 'nobody remembers', memory: null, status: 'unknown' },
    { what: 'it was filled', memory: aMemory(true), status: 'unknown' },
    { what: 'it never was', memory: aMemory(false), status: 'known' },
  ])('takes an empty list as $status when $what', async ({ memory, status }) => {
    expect(await readerOf(aFile('# none\n'), memory)()).toMatchObject({ status });
  });

  test('believes an empty list no more once it was filled', async () => {
    const path = aFile(DIGEST);
    const memory = aMemory(false);
    let at = Date.now();
    const read = readerOf(path, memory, () => new Date(at));

    const first = await read();
    writeFileSync(path, '');
    at += 60_000;
    const second = await read();

    expect([first.status, second.status]).toEqual(['known', 'unknown']);
    expect(memory.notes).toBe(1);
  });

  test('reads the list once for passes side by side, and again after half a minute', async () => {
    const path = aFile(DIGEST);
    let at = Date.now();
    const read = readerOf(path, null, () => new Date(at));

    await read();
    writeFileSync(path, 'no digest');
    at += 29_000;
    const same = await read();
    at += 1_000;
    const fresh = await read();

    expect([same.status, fresh.status]).toEqual(['known', 'unknown']);
  });

  test('rejects for whoever was stopped', async () => {
    const place = { type: 'file', path: aFile(DIGEST), maxAgeMs: HOUR_MS } as const;
    const read = createInUseReader({ place, memory: null, now: () => new Date() });

    await expect(read(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});

describe('createInUseReader() of a URL', () => {
  test('gives the digests of the answer', async () => {
    expect(await readUrl(await serve(200, {}, `["${DIGEST}"]`))).toEqual(KNOWN);
  });

  test.each([
    { what: 'a redirect', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    { what: 'a refusal', status: 403, headers: {} },
    { what: 'a fault', status: 503, headers: {} },
  ])('knows nothing after $what', async ({ status, headers }) => {
    const answer = await readUrl(await serve(status, headers, DIGEST));

    expect(answer).toEqual({
      status: 'unknown',
      reason: `the list cannot be read: it answered with status ${status}`,
    });
  });

  test.each([
    { ageMs: 2 * HOUR_MS, status: 'unknown' },
    { ageMs: 60_000, status: 'known' },
  ])('takes an answer of $ageMs ms ago as $status', async ({ ageMs, status }) => {
    const headers = { 'last-modified': new Date(Date.now() - ageMs).toUTCString() };

    expect(await readUrl(await serve(200, headers, DIGEST))).toMatchObject({ status });
  });

  test('knows nothing when nobody answers, and does not tell the URL', async () => {
    const answer = await readUrl('http://127.0.0.1:1/secret-path');

    expect(answer).toMatchObject({ status: 'unknown' });
    expect(JSON.stringify(answer)).not.toContain('secret-path');
  });
});
