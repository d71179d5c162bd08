import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How the server answers: as it should, never, with a fault, cut off in the middle of a pack, or to another place. */
export type ServerMood = 'well' | 'hangs' | 'fails' | 'truncates' | 'redirects';

/** A git server over HTTP with one repository, and a clone to push from. */
export interface GitServer {
  readonly url: string;
  /** Bare repository behind the server. */
  readonly bare: string;
  /** Uploads asked for: one a fetch or clone that transfers objects. */
  readonly fetches: () => number;
  /** Requests for the list of refs. */
  readonly looks: () => number;
  readonly paths: readonly string[];
  mood: ServerMood;
  /** Runs git in the work folder. */
  git(...args: readonly string[]): Promise<string>;
  /** Writes files (null: removes), commits and pushes them; resolves to the commit. */
  commit(
    files: Readonly<Record<string, string | Uint8Array | null>>,
    branch?: string,
  ): Promise<string>;
  readonly work: string;
  close(): Promise<void>;
}

export interface GitServerOptions {
  /** `user:password` that every request must carry; null: none. */
  readonly credential?: string | null;
}

const IDENTITY = [
  '-c',
  'user.name=t',
  '-c',
  'user.email=t@example.com',
  '-c',
  'commit.gpgsign=false',
];

/** Serves a new repository with `git http-backend` on loopback. */
export async function startGitServer({
  credential = null,
}: GitServerOptions = {}): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'git-server-'));
  const bare = join(root, 'tags.git');
  const work = join(root, 'work');
  await run('git', ['init', '--bare', '--quiet', '--initial-branch=main', bare]);
  await run('git', ['init', '--quiet', '--initial-branch=main', work]);
  await run('git', ['-C', work, 'remote', 'add', 'origin', bare]);
  const children = new Set<ChildProcess>();
  const counts = { fetches: 0, looks: 0 };
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://host');
    paths.push(`${request.method ?? ''} ${pathname}${search}`);
    if (handle.mood === 'hangs') return;
    if (handle.mood === 'fails') return void response.writeHead(503).end('away');
    if (handle.mood === 'redirects') {
      return void response.writeHead(302, { location: `/elsewhere${pathname}${search}` }).end();
    }
    if (credential !== null && request.headers.authorization !== basic(credential)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('canary-body');
      return;
    }
    if (pathname.endsWith('/info/refs')) counts.looks += 1;
    const child = backend(root, request, credential !== null);
    children.add(child);
    child.on('close', () => children.delete(child));
    answer(child, request, response, (isFetch) => {
      if (isFetch) counts.fetches += 1;
      return isFetch ? handle.mood : 'well';
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', ['-C', work, ...IDENTITY, ...args])).stdout.trim();
  const handle: GitServer = {
    url: `http://127.0.0.1:${port}/tags.git`,
    bare,
    work,
    paths,
    mood: 'well',
    fetches: () => counts.fetches,
    looks: () => counts.looks,
    git,
    async commit(files, branch = 'main') {
      for (const [path, text] of Object.entries(files)) {
        const at = join(work, path);
        await mkdir(dirname(at), { recursive: true });
        await (text === null ? rm(at, { recursive: true, force: true }) : writeFile(at, text));
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message=change');
      await git('push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
      return await git('rev-parse', 'HEAD');
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      await rm(root, { recursive: true, force: true });
    },
  };
  return handle;
}

function basic(credential: string): string {
  return `Basic ${Buffer.from(credential).toString('base64')}`;
}

function backend(root: string, request: IncomingMessage, isKnown: boolean): ChildProcess {
  const { pathname, search } = new URL(request.url ?? '/', 'http://host');
  const { headers } = request;
  return spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      ...(isKnown ? { REMOTE_USER: 'tester' } : {}),
    },
  });
}

function answer(
  child: ChildProcess,
  request: IncomingMessage,
  response: ServerResponse,
  moodFor: (isFetch: boolean) => ServerMood,
): void {
  const asked: Buffer[] = [];
  request.on('data', (chunk: Buffer) => asked.push(chunk));
  request.on('end', () => child.stdin?.end(Buffer.concat(asked)));
  // A child that has its answer early reads no more.
  child.stdin?.on('error', () => undefined);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const mood = moodFor(isFetch(request, asked));
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const head = output.toString('latin1', 0, end).split('\r\n');
    let status = 200;
    for (const line of head) {
      const [name = '', ...rest] = line.split(': ');
      if (name.toLowerCase() === 'status') status = Number.parseInt(rest.join(': '), 10);
      else response.setHeader(name, rest.join(': '));
    }
    const body = output.subarray(end + 4);
    response.writeHead(status);
    if (mood !== 'truncates') return void response.end(body);
    response.write(body.subarray(0, Math.floor(body.length * 0.7)), () => response.destroy());
  });
}

/** A request for objects may be compressed; one for refs is too short for that. */
function isFetch({ method, url = '' }: IncomingMessage, asked: readonly Buffer[]): boolean {
  if (method !== 'POST' || !url.endsWith('git-upload-pack')) return false;
  return !Buffer.concat(asked).includes('command=ls-refs');
}
