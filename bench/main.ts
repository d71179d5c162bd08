/**
 * `npm run bench [-- all | NAME…] [-- --write]`: runs the benches one after the other, each in a process of its own, and
 * prints one table of what they measured; `--write` also puts it into README.md. Ends with 1 when a limit was missed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFigures } from './support/readme.ts';
import { isMet, ROWS_VARIABLE, readRows, tableOf } from './support/rows.ts';

/** In about ten minutes on two processors. */
const DEFAULT = [
  'start',
  'policy-load',
  'planner',
  'planner-memory',
  'throughput',
  'sweep',
  'sweep-images',
  'event',
  'memory',
  'growth',
];
/** Those that take long or need a registry of their own; they print, and have no row in the table. */
const LONG = [
  'embedded',
  'hooks',
  'push-to-apply',
  'why',
  'worker-memory',
  'registry-converge',
  'registry-copy',
  'registry-memory',
  'registry-races',
];
const MAIN = 'dist/bundle/main.js';

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const folder = mkdtempSync(join(tmpdir(), 'tagwarden-bench-'));
const file = join(folder, 'rows.jsonl');
writeFileSync(file, '');
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main(): Promise<number> {
  const names = namesOf(positionals);
  run('npm', ['run', '-s', 'build']);
  const failed: string[] = [];
  const loadBefore = load();
  for (const name of names) if (!(await bench(name))) failed.push(name);
  const rows = readRows(file);
  const figures = `${conditions()}, load ${loadBefore} at the start, ${load()} at the end.\n\n${tableOf(rows)}`;
  console.log(`\n${figures}`);
  if (values.write) writeFigures(fileURLToPath(new URL('README.md', import.meta.url)), figures);
  const missed = rows.filter((row) => !isMet(row));
  for (const { bench: of, what } of missed) console.log(`missed: ${of}: ${what}`);
  for (const name of failed) console.log(`failed: ${name}`);
  return missed.length + failed.length === 0 ? 0 : 1;
}

function namesOf(wanted: readonly string[]): readonly string[] {
  if (wanted.length === 0) return DEFAULT;
  if (wanted.includes('all')) return [...DEFAULT, ...LONG];
  for (const name of wanted) {
    if (![...DEFAULT, ...LONG].includes(name)) throw new Error(`there is no bench "${name}"`);
  }
  return wanted;
}

async function bench(name: string): Promise<boolean> {
  console.log(`\n== ${name}`);
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script], {
    stdio: 'inherit',
    env: { ...process.env, TAGWARDEN_MAIN: MAIN, [ROWS_VARIABLE]: file },
  });
  const [code] = await once(child, 'exit');
  return code === 0;
}

function conditions(): string {
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 1e9);
  const commit = run('git', ['rev-parse', '--short', 'HEAD']).trim();
  const changed = run('git', ['status', '--porcelain', 'src']) === '' ? '' : ' with changes';
  return `${day}, ${cpus().length} processors, ${memory} GB, Node ${process.versions.node}, commit ${commit}${changed}`;
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
