import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as forward,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

/** What may befall a request on its way: before the registry sees it, or after it has answered. */
type Trouble = '503' | 'reset' | 'hang' | '503-after' | 'reset-after' | 'hang-after';

interface FrontFault {
  readonly kind: Trouble;
  readonly method: string;
  readonly path: RegExp;
  /** Requests that pass first; default none. */
  readonly skip?: number;
}

/** A network in front of any registry: what went over it, and what is to go wrong on it. */
export interface RegistryFront extends AsyncDisposable {
  readonly url: string;
  /** `PUT /v2/…`, in order, whatever came of it. */
  readonly requests: string[];
  /** Requests that hang right now. */
  readonly hanging: () => number;
  /** Hits one request. */
  readonly fail: (fault: FrontFault) => void;
  /** Every token that was sent so far is refused from now on, with the registry's own challenge. */
  readonly revoke: () => void;
}

interface State {
  readonly upstream: () => URL;
  readonly agent: Agent;
  readonly requests: string[];
  readonly faults: { fault: FrontFault; skip: number }[];
  readonly tokens: Set<string>;
  readonly revoked: Set<string>;
  readonly hung: Set<ServerResponse>;
}

/** Starts one on a free port of the loopback; what is behind it may become known later. */
export async function startFront(upstream: string | (() => string)): Promise<RegistryFront> {
  const state: State = {
    upstream: () => new URL(typeof upstream === 'string' ? upstream : upstream()),
    agent: new Agent({ keepAlive: true }),
    requests: [],
    faults: [],
    tokens: new Set(),
    revoked: new Set(),
    hung: new Set(),
  };
  const server = createServer((request, response) => void pass(state, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: state.requests,
    hanging: () => state.hung.size,
    fail: (fault) => void state.faults.push({ fault, skip: fault.skip ?? 0 }),
    revoke: () => {
      for (const token of state.tokens) state.revoked.add(token);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      state.agent.destroy();
      await once(server, 'close');
    },
  };
}

async function pass(state: State, request: IncomingMessage, response: ServerResponse) {
  const { method = 'GET', url = '/' } = request;
  state.requests.push(`${method} ${url}`);
  response.once('close', () => state.hung.delete(response));
  const kind = take(state, method, url);
  if (kind === 'hang') return void state.hung.add(response);
  if (kind === 'reset') return void request.socket.destroy();
  if (kind === '503') return void response.writeHead(503).end();
  const answer = await ask(state, request).catch(() => null);
  if (answer === null || kind === 'reset-after') return void request.socket.destroy();
  if (kind === '503-after') return void response.writeHead(503).end();
  if (kind === 'hang-after') return void state.hung.add(response);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

function take({ faults }: State, method: string, url: string): Trouble | null {
  const index = faults.findIndex(({ fault }) => fault.method === method && fault.path.test(url));
  const found = faults[index];
  if (found === undefined) return null;
  found.skip -= 1;
  if (found.skip >= 0) return null;
  faults.splice(index, 1);
  return found.fault.kind;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** The registry's answer; to a revoked credential the one it has for none. */
async function ask(state: State, request: IncomingMessage): Promise<Answer> {
  const { upstream, agent, tokens, revoked } = state;
  const { authorization, ...others } = request.headers;
  if (authorization?.startsWith('Bearer ')) tokens.add(authorization);
  const isRevoked = authorization !== undefined && revoked.has(authorization);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { hostname: host, port } = upstream();
  const outgoing = forward({
    agent,
    host,
    port,
    method: request.method,
    path: request.url,
    // The host stays, so that places the registry names are this one's.
    headers: isRevoked ? others : request.headers,
  });
  outgoing.end(Buffer.concat(chunks));
  const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
  if (incoming === undefined) throw new Error('No answer');
  const body: Buffer[] = [];
  for await (const chunk of incoming) body.push(chunk);
  const { statusCode = 502, headers } = incoming;
  return { status: statusCode, headers, body: Buffer.concat(body) };
}
