import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { parseJson } from '../model/json.ts';
import { FIRST_PREV, unseal } from './entry.ts';

/** A place in an audit file, lines counted from 1. */
export interface AuditPlace {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** What a look at audit files found. */
export interface AuditVerdict {
  readonly files: number;
  readonly records: number;
  readonly writes: number;
  /** Where the chain does not hold: something was altered, taken out or put in. */
  readonly breaks: readonly AuditPlace[];
  /** Writes that were announced and never settled: the process ended in between, or they are under way. */
  readonly open: readonly AuditPlace[];
  /** Worth knowing, and no break. */
  readonly notes: readonly AuditPlace[];
}

const Record = z.looseObject({
  type: z.enum(['open', 'intent', 'result', 'close']),
  seq: z.number(),
  prev: z.string(),
  previous_file: z.string().nullish(),
  intent: z.number().nullish(),
  op: z.string().nullish(),
  tag: z.string().nullish(),
  target: z.string().nullish(),
});
type Record = z.infer<typeof Record>;

interface Checked {
  /** Of the last good record. */
  readonly hash: string;
  readonly seq: number;
}

/** State of the look at one file, and at all before it. */
interface Look {
  readonly breaks: AuditPlace[];
  readonly notes: AuditPlace[];
  /** By file and number of the intent. */
  readonly open: Map<string, AuditPlace>;
  readonly ends: Map<string, Checked>;
  records: number;
  writes: number;
}

/** Reads a file, or every `.jsonl` of a folder, and checks every record against the one before it. */
export async function verifyAudit(path: string): Promise<AuditVerdict> {
  const files = await filesOf(path);
  const look: Look = {
    breaks: [],
    notes: [],
    open: new Map(),
    ends: new Map(),
    records: 0,
    writes: 0,
  };
  for (const file of files) await verifyFile(file, look);
  const { breaks, notes, open, records, writes } = look;
  return { files: files.length, records, writes, breaks, notes, open: [...open.values()] };
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(path, name));
}

async function verifyFile(file: string, look: Look): Promise<void> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: 0 });
  let line = 0;
  let last: Checked | null = null;
  let ended = false;
  const tail: { torn: AuditPlace | null } = { torn: null };
  for await (const text of lines) {
    line += 1;
    if (tail.torn !== null) look.breaks.push(tail.torn);
    tail.torn = null;
    const record = readRecord(text);
    if (record === null) {
      // Known only at the next line whether this was the last, which a crash may have cut.
      tail.torn = { file, line, what: 'the record was altered, or is none' };
      continue;
    }
    const problem: string | null =
      line === 1 ? startProblem(record, file, look) : linkProblem(record, last);
    if (problem !== null) look.breaks.push({ file, line, what: problem });
    last = { hash: record.hash, seq: record.seq };
    ended = record.type === 'close';
    note(record, { file, line }, look);
  }
  if (tail.torn !== null) await judgeTorn(tail.torn, look);
  if (last !== null) look.ends.set(basename(file), last);
  if (!ended && line > 0) {
    const what = 'the file has no end: its process runs, was killed, or lines were cut off';
    look.notes.push({ file, line, what });
  }
}

/** Anybody can make a hash that fits a line, and so a line that is no JSON. */
function readRecord(text: string): (Record & { readonly hash: string }) | null {
  const opened = unseal(text);
  if (opened === null) return null;
  const parsed = Record.safeParse(parseJson(opened.body));
  return parsed.success ? { ...parsed.data, hash: opened.hash } : null;
}

/** A last line without its end is what a crash leaves; a whole one was altered. */
async function judgeTorn(torn: AuditPlace, look: Look): Promise<void> {
  const { size } = await stat(torn.file);
  const end = createReadStream(torn.file, { start: Math.max(0, size - 1) });
  const bytes: Buffer[] = [];
  for await (const chunk of end) bytes.push(Buffer.from(chunk));
  if (Buffer.concat(bytes).toString() === '\n') look.breaks.push(torn);
  else look.notes.push({ ...torn, what: 'the last record was cut short as it was written' });
}

function startProblem(record: Record, file: string, look: Look): string | null {
  if (record.type !== 'open') return 'the file does not begin with its first record';
  const previous = record.previous_file ?? null;
  if (previous === null) {
    const isFirst = record.seq === 0 && record.prev === FIRST_PREV;
    return isFirst ? null : 'the file is the first of its process but does not begin a chain';
  }
  const before = look.ends.get(previous);
  if (before === undefined) {
    const what = `it goes on from "${previous}", which is not here to be checked`;
    look.notes.push({ file, line: 1, what });
    return null;
  }
  return linkProblem(record, before);
}

function linkProblem(record: Record, last: Checked | null): string | null {
  if (last === null) return 'the record before it cannot be read';
  if (record.seq !== last.seq + 1) return `record ${record.seq} follows record ${last.seq}`;
  return record.prev === last.hash ? null : 'it does not follow from the record before it';
}

function note(record: Record, place: Pick<AuditPlace, 'file' | 'line'>, look: Look): void {
  look.records += 1;
  // A chain goes on in the next file, where the result may stand.
  const chain = basename(place.file).replace(/-\d{4,}\.jsonl$/, '');
  if (record.type === 'intent') {
    look.writes += 1;
    const what = `${record.op} "${record.tag}" at "${record.target}" was announced, its result is not here`;
    look.open.set(`${chain} ${record.seq}`, { ...place, what });
  }
  if (record.type === 'result') look.open.delete(`${chain} ${record.intent}`);
}
