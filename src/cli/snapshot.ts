import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fixtureOf, nameOfFixture, renderFixture } from '../check/fixture.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { SnapshotFlags } from './flags.ts';
import { parseTarget } from './one-target.ts';

/** `snapshot TARGET`: writes the target's listing as a PolicyTest that expects what is planned now. */
export async function snapshot(
  options: SnapshotFlags & { readonly target: string },
  context: CliContext,
): Promise<ExitCode> {
  const target = parseTarget(options.target, context);
  if (target === null) return EXIT.usage;
  const app = await context.openApp({ configFile: options.config ?? null, policyFolder: null });
  try {
    const input = await app.look(target, context.interruption.signal);
    const account = app.config.accounts.find(({ name }) => name === target.account);
    if (account === undefined)
      throw new Error(`account "${target.account}" was looked at, but is gone`);
    const name = nameOfFixture(target);
    const text = context.scrub(
      renderFixture(fixtureOf(input, { name, provider: account.provider })),
    );
    if (input.protect.length > 0) {
      const globs = input.protect.join(', ');
      context.stderr.write(
        `note: what tagwarden.yaml protects (${globs}) is no part of a test, what a policy protects is\n`,
      );
    }
    return await save(text, options, context);
  } finally {
    await app.close();
  }
}

async function save(
  text: string,
  { out, force = false }: SnapshotFlags,
  { stdout, stderr }: CliContext,
): Promise<ExitCode> {
  if (out === undefined) {
    stdout.write(text);
    return EXIT.ok;
  }
  try {
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    stderr.write(`error: "${out}" is there already; --force overwrites it\n`);
    return EXIT.error;
  }
  stderr.write(`${out} written; tagwarden test ${out} passes until policies change their mind\n`);
  return EXIT.ok;
}
