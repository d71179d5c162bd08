import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  findDefaultConfig,
  parseConfig,
  readConfigFile,
  resolvePolicyGit,
} from '../config/load.ts';
import type { PolicySet } from '../model/policy.ts';
import type { PolicyTest } from '../model/policy-test.ts';
import { type PolicyFile, parsePolicies } from '../policy/parse.ts';
import { readPolicyDirectory, shownPath } from '../sources/directory.ts';
import { openOrigin } from '../sources/open.ts';
import type { CliContext } from './context.ts';

/** Where tests and the policies they are about come from. */
export interface TestPlace {
  /** Folder, or one file; null: the policy folder. */
  readonly path: string | null;
  /** Policy folder; null: the configured one, else `policies`. */
  readonly policies: string | null;
  readonly configFile: string | null;
}

/** Policies, and the tests to run against them. */
export interface LoadedTests {
  readonly set: PolicySet;
  readonly tests: readonly PolicyTest[];
  /** Where the tests were looked for. */
  readonly path: string;
  /** Everything that was read. */
  readonly files: readonly PolicyFile[];
}

/**
 * Reads policies and tests without contacting anything; a configuration is not needed. Tests of one file run against
 * the whole policy folder. Throws PolicyErrors, and POLICY_INVALID for what is not there.
 */
export async function loadTests(place: TestPlace, context: CliContext): Promise<LoadedTests> {
  const isFolder = place.path !== null && (await kindOf(place.path)) === 'folder';
  const named = place.policies ?? (isFolder ? place.path : null);
  if (named === null && place.path === null) {
    const fromGit = await readRepository(place, context);
    if (fromGit !== null) return fromGit;
  }
  const folder = named ?? configuredFolder(place, context);
  const path = place.path ?? folder;
  const wanted = await readFiles(path);
  const seen = new Set(wanted.map((file) => resolve(file.path)));
  const others = (await readOthers(place, folder)).filter((file) => !seen.has(resolve(file.path)));
  const files = [...wanted, ...others];
  const set = parsePolicies(files, folder);
  const asked = new Set(wanted.map((file) => file.path));
  const tests = set.tests.filter(({ position }) => asked.has(position.file));
  return { set, tests, path, files };
}

/** The folder's files; none when nobody named the folder and it is not there. */
async function readOthers({ policies }: TestPlace, folder: string): Promise<readonly PolicyFile[]> {
  if (policies === null && (await kindOf(folder)) === null) return [];
  return await readFiles(folder);
}

/** What stands at a path; null: nothing. */
export async function kindOf(path: string): Promise<'folder' | 'file' | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  return found.isDirectory() ? 'folder' : 'file';
}

async function readFiles(path: string): Promise<readonly PolicyFile[]> {
  const shownAs = shownPath(path);
  if ((await kindOf(path)) === 'file') {
    return [{ path: shownAs, text: await readFile(path, 'utf8') }];
  }
  return await readPolicyDirectory(path, shownAs);
}

/** Null: the configuration names no repository. */
async function readRepository(
  { configFile }: TestPlace,
  { environment }: CliContext,
): Promise<LoadedTests | null> {
  const file = configFile ?? environment.configFile ?? findDefaultConfig();
  if (file === null) return null;
  const parsed = parseConfig(file, readConfigFile(file), environment);
  const git = resolvePolicyGit(parsed, environment);
  if (git === null) return null;
  const { variable } = environment;
  // Read once: there is no next time to spread, and nothing of others to tidy up.
  const once = { random: () => 0, now: () => new Date(0) };
  await using origin = await openOrigin({ folder: parsed.policyFolder, git, variable, ...once });
  const { files } = await origin.read();
  const set = parsePolicies(files, origin.shownAs);
  return { set, tests: set.tests, path: origin.shownAs, files };
}

function configuredFolder({ configFile }: TestPlace, { environment }: CliContext): string {
  const file = configFile ?? environment.configFile ?? findDefaultConfig();
  if (file === null) return 'policies';
  const { policyFolder } = parseConfig(file, readConfigFile(file), environment);
  return shownPath(policyFolder);
}
