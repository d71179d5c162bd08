import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly type: string };
  readonly author: { readonly id: number };
}

/** The few calls of the GitHub and GitLab APIs that comment on a request, over real HTTP. */
export interface Forge {
  readonly url: string;
  readonly comments: Comment[];
  /** `METHOD path`, in order. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** Starts one that takes `token` alone, with so many comments of other people. */
export async function startForge(token: string, others: number): Promise<Forge> {
  const comments: Comment[] = Array.from({ length: others }, (_, id) => ({
    id,
    body: '<!-- tagwarden:report -->\nsomebody quotes it',
    user: { type: 'User' },
    author: { id: 1 },
  }));
  const calls: string[] = [];
  const answer = (call: string, url: URL, body: string): unknown => {
    if (url.pathname.endsWith('/user')) return { id: 7 };
    if (call.startsWith('GET')) {
      const page = Number(url.searchParams.get('page'));
      return comments.slice((page - 1) * 100, page * 100);
    }
    const text = (JSON.parse(body) as { readonly body: string }).body;
    const made = { id: comments.length, body: text, user: { type: 'Bot' }, author: { id: 7 } };
    if (call.startsWith('POST')) comments.push(made);
    const known = comments[Number(url.pathname.split('/').at(-1))];
    if (known !== undefined && !call.startsWith('POST')) known.body = text;
    return known ?? made;
  };
  const server = createServer((request, response) => {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '/', 'http://forge');
    const call = `${method} ${url.pathname}`;
    calls.push(call);
    const given = headers.authorization ?? `Bearer ${String(headers['private-token'])}`;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (given !== `Bearer ${token}`) response.writeHead(401).end('{}');
      else response.end(JSON.stringify(answer(call, url, Buffer.concat(chunks).toString('utf8'))));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    comments,
    calls,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
