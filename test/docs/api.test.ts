import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Service } from '../../src/cli/app.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { readPages } from '../../tools/site/page.ts';
import { runHere } from '../cli/run-here.ts';
import { startHere } from '../service/start-here.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';

const TOKEN = 'admin-0123456789abcdef0123';
/** Where the examples of the page believe the service to be. */
const SHOWN = /^https?:\/\/(?:tagwarden\.example\.com|127\.0\.0\.1:8080)/;

const SHOP = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: observe
  interval: 1h
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  channels: [{ tag: stable, select: { semver: ">=1.0.0" } }]
`;

const Calls = z.array(z.tuple([z.enum(['curl', 'tagwarden'])]).rest(z.string()));
type Call = z.infer<typeof Calls>[number];

/** A program that only notes how it is called. */
const NOTE = `#!/bin/sh
{ printf '%s\\0' "\${0##*/}" "$@"; printf '\\n\\0'; } >> "$NOTES"
`;

/** Has a shell run a block with such programs in place of the real ones. */
async function callsOf(script: string): Promise<readonly Call[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-api-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const notes = join(folder, 'notes');
  for (const program of ['curl', 'tagwarden']) {
    await writeFile(join(folder, program), NOTE);
    await chmod(join(folder, program), 0o755);
  }
  const env = { PATH: folder, NOTES: notes, TAGWARDEN_TOKEN: TOKEN };
  execFileSync('/bin/sh', ['-euc', script], { env });
  const noted = (await readFile(notes, 'utf8')).split('\n\0').slice(0, -1);
  return Calls.parse(noted.map((call) => call.split('\0').slice(0, -1)));
}

/** Does what curl would do with these arguments; knows those that the page uses and no others. */
async function fetchLikeCurl(args: readonly string[], base: string): Promise<Response> {
  const init: { method?: string; body?: string } = {};
  const headers: [string, string][] = [];
  let url = '';
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const value = (): string => {
      at += 1;
      return args[at] ?? '';
    };
    if (word === '-H') {
      const [, name = '', text = ''] = /^([^:]+): (.*)$/.exec(value()) ?? [];
      headers.push([name, text]);
    } else if (word === '-X') init.method = value();
    else if (word === '-d') init.body = value();
    else if (word.startsWith('-')) throw new Error(`curl ${word} is not known here`);
    else url = word;
  }
  if (!SHOWN.test(url)) throw new Error(`curl of "${url}", wanted the address of the service`);
  const method = init.method ?? (init.body === undefined ? 'GET' : 'POST');
  return await fetch(url.replace(SHOWN, base), { ...init, method, headers });
}

/** What came of a call, as one line when it is nothing to be shown. */
async function problemOf([program, ...args]: Call, service: Service): Promise<string | null> {
  const shown = `${program} ${args.join(' ')}`;
  if (program === 'curl') {
    const { ok, status } = await fetchLikeCurl(args, service.url);
    // Nothing is quarantined here, which is said by a 404 of its own.
    const isFine = ok || (status === 404 && shown.endsWith('/quarantine'));
    return isFine ? null : `${shown}: ${status}`;
  }
  const moved = args.map((word) => word.replace(SHOWN, service.url));
  const { code, stderr } = await runHere(moved, { TAGWARDEN_TOKEN: TOKEN });
  return code === 0 ? null : `${shown}: exit ${code}, ${stderr}`;
}

async function problemsOf(calls: readonly Call[], service: Service): Promise<readonly string[]> {
  const problems: (string | null)[] = [];
  for (const call of calls) problems.push(await problemOf(call, service));
  return problems.filter((problem) => problem !== null);
}

describe('the examples of docs/api.md', () => {
  const opened = new AsyncDisposableStack();
  let service: Service;

  beforeAll(async () => {
    const simulator = await startSimulator();
    opened.defer(async () => await simulator.close());
    const workspace = await createWorkspace({
      simulator,
      queueUrl: await emptyDatabase(inject('redisUrl')),
      policies: { 'shop.yaml': SHOP },
      config: { server: { port: 0, adminToken: '${ADMIN}' } },
    });
    opened.defer(async () => await workspace.remove());
    service = await startHere(workspace.configFile, { ...KEY_ENV, ADMIN: TOKEN }, opened);
  }, 120_000);

  afterAll(async () => {
    await opened.disposeAsync();
  });

  test('do what they say against a live service', async () => {
    const page = readPages().find(({ path }) => path === 'docs/api.md');
    const script = page?.blocks
      .filter(({ language }) => language === 'sh')
      .map(({ text }) => text.replace('TAGWARDEN_TOKEN=…', `TAGWARDEN_TOKEN=${TOKEN}`))
      .join('\n');

    const calls = await callsOf(script ?? '');

    expect(calls.length).toBeGreaterThan(5);
    expect(await problemsOf(calls, service)).toEqual([]);
  }, 120_000);

  test.each([
    ['curl http://127.0.0.1:8080/api/v1/status', '401'],
    [`curl -H 'authorization: Bearer ${TOKEN}' http://127.0.0.1:8080/api/v1/state`, '404'],
    [
      `curl -H 'authorization: Bearer ${TOKEN}' -H 'content-type: application/json' -d '{"polici":"shop"}' http://127.0.0.1:8080/api/v1/triggers`,
      '422',
    ],
    ['tagwarden status --server https://tagwarden.example.com --limit none', 'exit 64'],
  ])(
    'an example that is wrong would be noticed: %s',
    async (script, wanted) => {
      const problems = await problemsOf(await callsOf(script), service);

      expect(problems).toEqual([expect.stringContaining(wanted)]);
    },
    60_000,
  );
});
