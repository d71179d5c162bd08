import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Account, PROVIDER_NAMES } from '../model/account.ts';
import { ReconcileError } from '../model/errors.ts';
import type { GitLocation } from '../model/git-location.ts';
import type { InUsePlace } from '../model/in-use.ts';
import type { LogLevel } from '../model/log-level.ts';
import type { ReceiverConfig } from '../model/notification.ts';
import type { Secret } from '../model/secret.ts';
import { refuseVersion } from '../policy/api-version.ts';
import { type PolicyIssue, placeIssue, renderIssue } from '../policy/issue.ts';
import { locate, type Path } from '../policy/located.ts';
import { createSource, type Source } from '../policy/source.ts';
import { translateIssue, type Vocabulary } from '../policy/translate.ts';
import { readDocuments } from '../policy/yaml-documents.ts';
import type { Tree } from '../policy/yaml-tree.ts';
import { resolveAccount } from './accounts.ts';
import { type Environment, OVERRIDES, type OverrideKey } from './environment.ts';
import { resolveGit } from './git.ts';
import { type HookServer, resolveHook, resolveHookServer } from './hooks.ts';
import { configKeys } from './json-schema.ts';
import { findLiteralSecrets, refuseLiteral, withoutSecrets } from './literal-secrets.ts';
import { resolveReceiver } from './notify.ts';
import { ConfigDocument } from './schema.ts';
import { type AuditPlace, toAuditPlace } from './schema-audit.ts';
import { type ConfiguredPause, toPause } from './schema-pause.ts';
import { toInUsePlace } from './schema-protect.ts';
import { fillUrl, SecretMissing, type SecretSources } from './secrets.ts';
import { resolveServer, type ServerConfig } from './server.ts';
import { readTraces, type TracesConfig } from './traces.ts';

/** The instance's configuration: file, environment and defaults merged, secrets read. */
export interface Config {
  /** Where it was read from. */
  readonly file: string;
  /** Absolute path of the policy folder; not looked at when `policyGit` is set. */
  readonly policyFolder: string;
  /** Repository of policies, in place of the folder; null: there is none. */
  readonly policyGit: GitLocation | null;
  readonly queue: { readonly url: string; readonly appendOnly: 'warn' | 'require' };
  readonly accounts: readonly Account[];
  readonly guards: {
    readonly maxDeletePercent: number;
    readonly maxDeletesPerHour: number;
    readonly maxFleetDeletePercent: number;
  };
  /** How often a sweep takes nothing for unchanged. */
  readonly sweeps: { readonly fullEvery: number };
  /** Where it is told which contents run somewhere; null: nobody asks. */
  readonly inUse: InUsePlace | null;
  /** Writes held back from outside of the store. */
  readonly pauses: readonly ConfiguredPause[];
  readonly server: ServerConfig;
  /** The port of webhooks; null: none is configured. */
  readonly hookServer: HookServer | null;
  /** Who is told of changes and failures. */
  readonly receivers: readonly ReceiverConfig[];
  /** Where every write is put on record; null: nowhere. */
  readonly audit: AuditPlace | null;
  /** Where traces go, by the standard environment variables; null: nowhere. */
  readonly traces: TracesConfig | null;
  readonly logLevel: LogLevel;
}

/** Everything wrong in the configuration, thrown at once. */
export class ConfigErrors extends ReconcileError {
  readonly issues: readonly PolicyIssue[];

  constructor(issues: readonly PolicyIssue[]) {
    const texts = issues.map(renderIssue).join('\n\n');
    super('CONFIG_INVALID', `Cannot load the configuration: ${issues.length} found\n\n${texts}`);
    this.issues = issues;
  }
}

export interface LoadOptions {
  readonly file: string;
  readonly environment: Environment;
  /** Told of every secret, so that output can be scrubbed of it. */
  readonly onSecret: (secret: Secret) => void;
}

function vocabularyOf({ value }: Tree): Vocabulary {
  return { keys: (path) => configKeys(path, value), announced: new Set() };
}

/** A configuration file that passed its schema; accounts still hold references to secrets. */
export interface ParsedConfig {
  readonly source: Source;
  readonly tree: Tree;
  readonly document: ConfigDocument;
  /** Absolute path of the policy folder. */
  readonly policyFolder: string;
}

/** Parses and checks the file without reading a secret. Throws ConfigErrors. */
export function parseConfig(file: string, text: string, environment: Environment): ParsedConfig {
  const source = createSource({ path: file, text });
  const issues: PolicyIssue[] = [];
  const [tree, second] = readDocuments(source, issues);
  if (issues.length > 0) throw new ConfigErrors(issues.map((issue) => withoutSecrets(issue, [])));
  if (tree === undefined || second !== undefined) {
    const message = tree === undefined ? 'The file is empty' : 'The file holds several documents';
    const expected = 'one document with accounts, queue and policies';
    throw new ConfigErrors([source.issueAt(0, { code: 'wrong-document', message, expected })]);
  }
  const version = refuseVersion(tree.value);
  if (version !== null) {
    const { valueAt } = locate(tree.located, ['apiVersion']);
    throw new ConfigErrors([source.issueAt(valueAt, version)]);
  }
  const literals = findLiteralSecrets(tree.value);
  issues.push(...literals.map((literal) => refuseLiteral(literal, tree, source)));
  const parsed = ConfigDocument.safeParse(withOverrides(tree.value, environment));
  if (parsed.success && issues.length === 0) {
    const policyFolder = resolve(dirname(resolve(file)), parsed.data.policies.path ?? './policies');
    return { source, tree, document: parsed.data, policyFolder };
  }
  const entryOf = ([section, name]: readonly PropertyKey[]): string =>
    section === 'accounts' || section === 'notifications' ? `${section}.${String(name)}` : '';
  const refused = new Set(
    literals.map(({ path }) => entryOf(path)).filter((entry) => entry !== ''),
  );
  const others = (parsed.error?.issues ?? [])
    .filter(({ path }) => !refused.has(entryOf(path)))
    .flatMap((issue) => {
      const fromEnvironment = refuseOverride(issue.path.join('.'), issue.message, environment);
      if (fromEnvironment !== null) return [fromEnvironment];
      return translateIssue(issue, tree, vocabularyOf(tree)).map(({ at, problem }) =>
        withoutSecrets(source.issueAt(at, problem), literals),
      );
    });
  throw new ConfigErrors([...issues, ...others]);
}

/** Reads `tagwarden.yaml`, applies the environment's overrides, reads the secrets. Throws ConfigErrors. */
export function loadConfig({ file, environment, onSecret }: LoadOptions): Config {
  const parsed = parseConfig(file, readConfigFile(file), environment);
  const { document } = parsed;
  const base = dirname(resolve(file));
  const readFile = (path: string): string => readFileSync(resolve(base, path), 'utf8');
  const sources: SecretSources = { variable: environment.variable, readFile, onSecret };
  const issues: PolicyIssue[] = [];
  const accounts = Object.entries(document.accounts).flatMap(
    ([name, account]) =>
      attempt(parsed, ['accounts', name, 'auth'], issues, () =>
        resolveAccount(name, account, sources),
      ) ?? [],
  );
  const url = attempt(parsed, ['queue', 'url'], issues, () => fillUrl(document.queue.url, sources));
  const policyGit = attempt(parsed, ['policies', 'git', 'auth'], issues, () =>
    gitOf(parsed, file, sources),
  );
  const hooks = Object.entries(document.server.hooks).flatMap(
    ([name, hook]) =>
      attempt(parsed, ['server', 'hooks', name], issues, () =>
        resolveHook({ name, hook, accounts: document.accounts }, sources),
      ) ?? [],
  );
  const receivers = Object.entries(document.notifications).flatMap(
    ([name, receiver]) =>
      attempt(parsed, ['notifications', name], issues, () =>
        resolveReceiver(name, receiver, sources),
      ) ?? [],
  );
  const server = attempt(parsed, ['server', 'adminToken'], issues, () =>
    resolveServer(document.server, sources),
  );
  if (issues.length > 0 || url === null || server === null) throw new ConfigErrors(issues);
  return {
    file,
    policyFolder: parsed.policyFolder,
    policyGit,
    queue: { ...document.queue, url: resolveQueueUrl(url, base) },
    accounts: accounts.map((account) => ({
      ...account,
      caFile: account.caFile === null ? null : resolve(base, account.caFile),
    })),
    guards: document.guards,
    sweeps: document.sweeps,
    inUse: toInUsePlace(document.protect, (path) => resolve(base, path)),
    pauses: document.pause.map(toPause),
    server,
    hookServer: resolveHookServer(document.server, hooks),
    receivers,
    audit: toAuditPlace(document.audit, (path) => resolve(base, path)),
    traces: readTraces(environment, onSecret),
    logLevel: document.log.level,
  };
}

/** The repository of policies, for whoever needs no account; its secret alone is read. Throws ConfigErrors. */
export function resolvePolicyGit(
  parsed: ParsedConfig,
  environment: Environment,
): GitLocation | null {
  const file = parsed.source.path;
  const readFile = (path: string): string => readFileSync(resolve(dirname(file), path), 'utf8');
  const sources = { variable: environment.variable, readFile, onSecret: () => undefined };
  const issues: PolicyIssue[] = [];
  const git = attempt(parsed, ['policies', 'git', 'auth'], issues, () =>
    gitOf(parsed, file, sources),
  );
  if (issues.length > 0) throw new ConfigErrors(issues);
  return git;
}

function gitOf(
  { document }: ParsedConfig,
  file: string,
  sources: SecretSources,
): GitLocation | null {
  const { git } = document.policies;
  if (git === undefined) return null;
  return resolveGit(git, sources, (path) => resolve(dirname(resolve(file)), path));
}

function attempt<T>(
  { source, tree }: ParsedConfig,
  path: Path,
  issues: PolicyIssue[],
  read: () => T,
): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SecretMissing)) throw error;
    const message = `${path.join('.')}: ${error.message}`;
    const problem = { code: 'secret-missing', message } as const;
    issues.push(withoutSecrets(source.issueAt(locate(tree.located, path).at, problem), []));
    return null;
  }
}

export const DEFAULT_CONFIG_FILE = 'tagwarden.yaml';

/** The default file when it is there, else null. */
export function findDefaultConfig(): string | null {
  return existsSync(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : null;
}

/** Text of the configuration file. Throws CONFIG_INVALID with the remedy when it is not there. */
export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot read configuration "${file}": the file is missing or not readable, wanted accounts of ` +
        `${PROVIDER_NAMES.join(', ')} (see README; without any account run tagwarden demo)`,
      { cause },
    );
  }
}

/** A folder of the embedded queue is relative to the configuration file, not to the working directory. */
function resolveQueueUrl(url: string, base: string): string {
  const prefix = 'embedded:';
  return url.startsWith(prefix) ? `${prefix}${resolve(base, url.slice(prefix.length))}` : url;
}

function overrideKeys(environment: Environment): readonly OverrideKey[] {
  const keys = Object.keys(OVERRIDES) satisfies string[] as OverrideKey[];
  return keys.filter((key) => environment.overrides[key] !== null);
}

function withOverrides(value: unknown, environment: Environment): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const merged: Record<string, unknown> = { ...value };
  for (const key of overrideKeys(environment)) {
    const [section = '', field = ''] = key.split('.');
    const present = merged[section];
    // A folder from the environment replaces whatever place the file names.
    const isKept = typeof present === 'object' && present !== null && key !== 'policies.path';
    const inner = isKept ? present : {};
    merged[section] = { ...inner, [field]: overrideOf(key, environment) };
  }
  return merged;
}

function overrideOf(key: OverrideKey, environment: Environment): unknown {
  // By reference: a URL from the environment may carry a password, one from the file may not.
  if (key === 'queue.url') return `\${${OVERRIDES[key]}}`;
  const text = environment.overrides[key];
  return key === 'server.port' ? Number(text) : text;
}

/** The refusal of a value that came from a variable and so stands nowhere in the file; null: it does not. */
function refuseOverride(
  path: string,
  expected: string,
  environment: Environment,
): PolicyIssue | null {
  const key = overrideKeys(environment).find((known) => known === path);
  if (key === undefined) return null;
  const message = `${OVERRIDES[key]} is ${JSON.stringify(environment.overrides[key])}`;
  const position = { file: 'environment', line: 1, column: 1 };
  return placeIssue(position, { code: 'wrong-value', message, expected }, null);
}
