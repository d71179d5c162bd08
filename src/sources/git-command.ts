import { type SimpleGit, simpleGit } from 'simple-git';
import type { GitAuth, GitLocation } from '../model/git-location.ts';
import { SourceError } from './origin.ts';

/** The reason of an abort because of what was fetched. */
export class TooLarge extends Error {}

/** Runs git in one bare repository that nobody else uses. */
export interface GitCommand {
  /** Its standard output as text. Throws SourceError `fetch_error`. */
  text(args: readonly string[], signal: AbortSignal): Promise<string>;
  /** Its standard output as bytes; `input` is what it reads. Throws SourceError `fetch_error`. */
  bytes(args: readonly string[], input: string, signal: AbortSignal): Promise<Buffer>;
}

export interface GitCommandOptions {
  readonly location: Pick<GitLocation, 'url' | 'auth' | 'caFile' | 'timeoutMs'>;
  /** The bare repository. */
  readonly folder: string;
  /** PATH and proxies; nothing else of the environment reaches git. */
  readonly variable: (name: string) => string | null;
  /** Default 64 MiB. */
  readonly maxOutputBytes?: number;
}

const INHERITED = ['PATH', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'] as const;

/** How long a git that has ended may take to hand over the rest of what it wrote. */
const EXITED_MS = 2_000;
/** All that one command may write: more than any set of policies, less than what takes the process down. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What this module sets itself, from checked values, in the environment. Its arguments use none of it. */
const OWN = {
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeHooksPath: true,
  allowUnsafeSshCommand: true,
} as const;

/** Git without the user's configuration, prompts, hooks, filters, redirects, and transports other than the URL's. */
export function createGitCommand(options: GitCommandOptions): GitCommand {
  const { maxOutputBytes = MAX_OUTPUT_BYTES } = options;
  const { timeoutMs } = options.location;
  const run = async <T>(
    signal: AbortSignal,
    input: string | undefined,
    work: (git: SimpleGit) => Promise<T>,
  ): Promise<T> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const cut = new AbortController();
    // Each time: a token may have been renewed.
    const env = environment(options);
    try {
      // Within: it throws for a folder that somebody removed.
      const git = simpleGit({
        baseDir: options.folder,
        abort: AbortSignal.any([signal, timeout, cut.signal]),
        allowEnvironment: Object.keys(env),
        unsafe: OWN,
        // A helper that hangs keeps the pipes of a git that was ended.
        completion: { onClose: true, onExit: EXITED_MS },
        ...(input === undefined ? {} : { input: () => input }),
      }).env(env);
      git.outputHandler((_command, stdout, stderr) => {
        cutAbove(maxOutputBytes, [stdout, stderr], cut);
      });
      return await work(git);
    } catch (cause) {
      const reason = reasonOf({ signal, timeout, cut: cut.signal, timeoutMs, maxOutputBytes });
      throw failure(options.location, reason, cause);
    }
  };
  return {
    text: async (args, signal) =>
      await run(signal, undefined, async (git) => await git.raw([...args])),
    bytes: async (args, input, signal) =>
      await run(signal, input, async (git) => await git.binaryCatFile([...args])),
  };
}

/** All of it is kept in memory until the command ends, and what it is made of lies in the hands of whoever pushes. */
function cutAbove(
  maxBytes: number,
  streams: readonly NodeJS.ReadableStream[],
  cut: AbortController,
): void {
  let bytes = 0;
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) cut.abort();
    });
  }
}

interface Ends {
  readonly signal: AbortSignal;
  readonly timeout: AbortSignal;
  readonly cut: AbortSignal;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** Why we ended the command ourselves; null: we did not. */
function reasonOf({ signal, timeout, cut, timeoutMs, maxOutputBytes }: Ends): string | null {
  if (signal.reason instanceof TooLarge) return signal.reason.message;
  if (cut.aborted) return `git wrote more than ${maxOutputBytes} bytes`;
  return timeout.aborted ? `no answer within ${timeoutMs} ms` : null;
}

function environment({ location, folder, variable }: GitCommandOptions): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = variable(name);
    return value === null ? [] : [[name, value] as const];
  });
  const { url, auth, caFile, timeoutMs } = location;
  return {
    ...Object.fromEntries(inherited),
    ...asEnvironment([
      ['core.hooksPath', '/dev/null'],
      ['gc.auto', '0'],
      // One file grows, whose size can be watched, and no large blob is held in memory.
      ['fetch.unpackLimit', '1'],
      ['core.bigFileThreshold', '1m'],
      ['http.followRedirects', 'false'],
      // A helper outlives the git that started it; a silent connection ends it.
      ['http.lowSpeedLimit', '1'],
      ['http.lowSpeedTime', String(Math.ceil(timeoutMs / 1_000))],
      ...credential(url, auth),
    ]),
    // No other than this one, whatever became of it and whatever lies around it.
    GIT_DIR: folder,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    // The only transport: neither ext:: nor file://, wherever a name of a remote could come from.
    GIT_ALLOW_PROTOCOL: new URL(url).protocol.slice(0, -1),
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(caFile === null ? {} : { GIT_SSL_CAINFO: caFile }),
    ...(auth.type === 'ssh-key' ? { GIT_SSH_COMMAND: sshCommand(auth, timeoutMs) } : {}),
  };
}

type Setting = readonly [key: string, value: string];

/** For the URL alone, and never in an argument or a file. */
function credential(url: string, auth: GitAuth): readonly Setting[] {
  if (auth.type !== 'token') return [];
  const token = auth.readToken?.() ?? auth.token;
  const pair = Buffer.from(`${auth.username}:${token.reveal()}`).toString('base64');
  return [[`http.${url}.extraHeader`, `Authorization: Basic ${pair}`]];
}

function asEnvironment(settings: readonly Setting[]): Record<string, string> {
  const pairs = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(settings.length) };
}

function sshCommand(
  { keyFile, knownHostsFile }: Extract<GitAuth, { type: 'ssh-key' }>,
  timeoutMs: number,
): string {
  const seconds = Math.ceil(timeoutMs / 1_000);
  const settings = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${sshPath(knownHostsFile)}`,
    'GlobalKnownHostsFile=/dev/null',
    'ForwardAgent=no',
    `ConnectTimeout=${seconds}`,
    `ServerAliveInterval=${seconds}`,
    'ServerAliveCountMax=1',
  ];
  const options = settings.map((setting) => `-o ${quoted(setting)}`).join(' ');
  return `ssh -F /dev/null -i ${quoted(keyFile)} ${options}`;
}

/** ssh splits the value at blanks and expands percent signs. */
function sshPath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What git says of itself, by the first that fits; a remote's own words are never repeated. */
const FAILURES: readonly (readonly [RegExp, string])[] = [
  [
    /a directory that does not exist|fatal: not a git repository/i,
    'the folder of the clone was removed meanwhile',
  ],
  [
    /authentication failed|could not read (?:user|pass)|returned error: 40[13]|permission denied/i,
    'the remote refused the credential',
  ],
  [/host key verification failed/i, 'the host key is none of those known'],
  [/could not resolve host/i, 'the host is not known'],
  [/certificate|ssl|tls/i, 'no secure connection came about'],
  [/redirect|returned error: 3\d\d/i, 'the remote answered with a redirect'],
  [
    /not found|does not (?:appear to be|exist)|couldn't find remote ref/i,
    'the repository or the ref is not there',
  ],
  [
    /failed to connect|connection (?:refused|reset|timed out|closed)|too slow|operation too slow|hung up|early eof|timed out|unexpected disconnect|rpc failed|bad pack/i,
    'the connection failed or broke off',
  ],
  [/returned error: 5\d\d/i, 'the remote answered with a fault'],
  [/enoent/i, 'git is not installed'],
  [
    /no space left|read-only file system|permission denied|unable to create/i,
    'the cache folder cannot be written',
  ],
];

function failure(
  { url }: Pick<GitLocation, 'url'>,
  reason: string | null,
  cause: unknown,
): SourceError {
  const said = String(cause).replaceAll(url, '');
  const known = FAILURES.find(([pattern]) => pattern.test(said))?.[1] ?? 'git failed';
  const found = reason ?? known;
  // Without the cause: its text is the remote's, and no secret is worth the risk.
  return new SourceError(
    'fetch_error',
    `Cannot fetch policies from "${url}": ${found}, wanted its newest commit (tagwarden doctor asks it too)`,
  );
}
