import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Block, type Page, parsePage, readPages } from '../../tools/site/page.ts';

const PATIENCE_MS = 90_000;
/** Ports of the page, which others may have on this machine. */
const PORT = /\b89(?=\d\d\b)/g;

/** A block with the comment before it, such as `<!-- file: x.yaml -->`. */
interface Step extends Block {
  readonly mark: string | null;
  readonly name: string;
}

function stepsOf({ text, blocks }: Page): readonly Step[] {
  const lines = text.split('\n');
  return blocks.map((block) => {
    const comment = /^<!-- (\w+): (\S+) -->$/.exec(lines[block.line - 2] ?? '');
    return { ...block, mark: comment?.[1] ?? null, name: comment?.[2] ?? '' };
  });
}

/** What a shown line matches: `…` is anything, and so are moments, digests and ages in days, by their form. */
function patternOf(shown: string): RegExp {
  const source = shown
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('…', '.*')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\\\.\d{3})?Z/g, '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z')
    .replaceAll(/\b[0-9a-f]{12}\b/g, '[0-9a-f]{12}');
  return new RegExp(`^${source}$`);
}

function expectLines(printed: string, shown: string): void {
  const [got, wanted] = [printed, shown].map((text) => text.trimEnd().split('\n'));
  const same = got?.map((line, index) => {
    const pattern = wanted?.[index];
    return pattern !== undefined && patternOf(pattern).test(line) ? pattern : line;
  });

  expect(same).toEqual(wanted);
}

/** A command that goes on running, as in a terminal of its own. */
class Terminal {
  readonly #lines: string[] = [];
  readonly #errors: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #read = 0;

  constructor(command: string, cwd: string) {
    this.#child = spawn('sh', ['-c', command], { cwd, detached: true, stdio: 'pipe' });
    const { stdout, stderr } = this.#child;
    if (stdout !== null)
      createInterface({ input: stdout }).on('line', (line) => this.#lines.push(line));
    stderr?.on('data', (chunk) => this.#errors.push(String(chunk)));
    this.#ended = new Promise((done) => this.#child.once('close', () => done()));
  }

  /** Waits for lines like these, each after the one before; what was met once is not met again. */
  async prints(shown: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (const pattern of shown.trimEnd().split('\n').map(patternOf)) {
      for (;;) {
        const found = this.#lines.findIndex((line, at) => at >= this.#read && pattern.test(line));
        if (found >= 0) {
          this.#read = found + 1;
          break;
        }
        if (performance.now() > deadline)
          throw new Error(`no ${pattern} in:\n${[...this.#lines, ...this.#errors].join('\n')}`);
        await sleep(50);
      }
    }
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    this.signal('SIGINT');
    await this.#ended;
  }

  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(-pid, signal);
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((done) => {
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

/** The first two digits of a hundred ports, of which those of the page are free. */
async function freeHundred(): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const hundred = 110 + Math.floor(Math.random() * 200);
    const ports = [0, 1, 2, 3, 4, 5, 6, 7, 10].map((offset) => hundred * 100 + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return String(hundred);
  }
  throw new Error('no hundred ports with free ones at its start');
}

/** What a fresh clone has after `npm ci`, without a copy of it. */
async function cloneLike(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-tutorial-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  for (const name of ['src', 'node_modules', 'policies', 'schemas'])
    await symlink(resolve(name), join(folder, name));
  await cp('package.json', join(folder, 'package.json'));
  return folder;
}

async function runHere(command: string, cwd: string): Promise<string> {
  return await new Promise((done, fail) => {
    execFile('sh', ['-ec', command], { cwd }, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new Error(`${command}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

/** Does what a page says, block by block, and compares what is printed with what is shown. */
async function follow(page: Page): Promise<number> {
  const cwd = await cloneLike();
  const terminals = new Map<string, Terminal>();
  onTestFinished(() => terminals.forEach((one) => one.signal('SIGKILL')));
  const terminal = (name: string): Terminal => {
    const found = terminals.get(name);
    if (found === undefined) throw new Error(`nothing runs in terminal "${name}"`);
    return found;
  };
  let printed: string | null = null;
  for (const { language, text, mark, name } of stepsOf(page)) {
    if (mark === 'stop') await terminal(name).stop();
    if (mark === 'file') await writeFile(join(cwd, name), text);
    else if (mark === 'prints') await terminal(name).prints(text);
    else if (mark === 'terminal') terminals.set(name, new Terminal(text, cwd));
    else if (language === 'sh') printed = text === 'npm ci\n' ? '' : await runHere(text, cwd);
    else if (printed === null) throw new Error(`no command before the output:\n${text}`);
    else expectLines(printed, text);
  }
  return terminals.size;
}

describe('the tutorial', () => {
  test('does what it says, with the output that it shows', async () => {
    const hundred = await freeHundred();
    const page = readPages().find(({ path }) => path === 'docs/tutorial.md');
    const moved = parsePage('docs/tutorial.md', page?.text.replaceAll(PORT, hundred) ?? '');

    expect(await follow(moved)).toBe(2);
  }, 300_000);

  test.each([
    ['an output that is another', 'node -e "console.log(1)"', '2', /expected/],
    ['a command that fails', 'node -e "process.exit(1)"', '', /process\.exit/],
    ['a line too few', 'node -e "console.log(1);console.log(2)"', '1', /expected/],
  ])('%s would be noticed', async (_, command, shown, wanted) => {
    const page = parsePage(
      'x.md',
      `\`\`\`sh\n${command}\n\`\`\`\n\n\`\`\`text\n${shown}\n\`\`\`\n`,
    );

    await expect(follow(page)).rejects.toThrow(wanted);
  });
});
