import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealed } from '../../src/audit/entry.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { movedTargets, readSavedPlan, refuseMoved } from '../../src/cli/saved-plan.ts';
import { resolveHook } from '../../src/config/hooks.ts';
import { parseConfig } from '../../src/config/load.ts';
import { resolveReceiver } from '../../src/config/notify.ts';
import { SecretMissing } from '../../src/config/secrets.ts';
import { refusal, split } from './refusal.ts';

/** What is read from files that others wrote. */
export interface FileInputs {
  /** An audit file: a record each line without its hash, `PREV` for the hash of the one before; `=`: a line as it is. */
  readonly audit: (text: string) => Promise<unknown>;
  /** A saved plan, below the glob of `--target`. */
  readonly plan: (text: string) => Promise<unknown>;
}

/** Keeps one file of each in a folder of its own until the process ends. */
export function createFileInputs(): FileInputs {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const auditFile = join(folder, 'audit-0001.jsonl');
  const planFile = join(folder, 'plan.json');
  return {
    async audit(text) {
      writeFileSync(auditFile, seal(text));
      const verdict = await verifyAudit(auditFile);
      if (verdict.breaks.length > 0) throw refusal(verdict.breaks[0]?.what ?? '');
    },
    async plan(text) {
      const [glob, document] = split(text);
      writeFileSync(planFile, document);
      const saved = await globRefused(async () => await readSavedPlan(planFile, glob || null));
      refuseMoved(saved, movedTargets(saved, []));
    },
  };
}

function seal(text: string): string {
  let prev = '0'.repeat(64);
  const texts = text.split('\n');
  const lines = texts.map((line, at) => {
    if (line === '') return '';
    // The last one may be cut.
    if (line.startsWith('=')) return line.slice(1) + (at + 1 < texts.length ? '\n' : '');
    const { line: whole, hash } = sealed(line.replace('PREV', prev));
    prev = hash;
    return whole;
  });
  return lines.join('');
}

/** The command line refuses such a glob before. */
async function globRefused<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal(error.message);
    throw error;
  }
}

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
/** Nothing is set. */
export const NO_ENVIRONMENT = {
  configFile: null,
  overrides: {
    'policies.path': null,
    'queue.url': null,
    'server.host': null,
    'server.port': null,
    'log.level': null,
  },
  plainOutput: true,
  variable: () => null,
};

/** A configuration with receivers and hooks, whose secrets are at hand. */
export function takeReceivers(text: string): unknown {
  const { document } = parseConfig('tagwarden.yaml', text, NO_ENVIRONMENT);
  const sources = {
    variable: (name: string) =>
      name.includes('URL') ? 'https://chat.example.com/T/B?x=1' : SECRET,
    readFile: () => SECRET,
    onSecret: () => undefined,
  };
  const { accounts } = document;
  return secretsRefused(() => [
    ...Object.entries(document.notifications).map(([name, receiver]) =>
      resolveReceiver(name, receiver, sources),
    ),
    ...Object.entries(document.server.hooks).map(([name, hook]) =>
      resolveHook({ name, hook, accounts }, sources),
    ),
  ]);
}

function secretsRefused<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SecretMissing) throw refusal(error.message);
    throw error;
  }
}
