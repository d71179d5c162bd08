import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Hook, HookServer, HookType } from '../../config/hooks.ts';
import { limitConnections } from '../connections.ts';
import { type ListeningServer, listen } from '../listen.ts';
import { type Acceptance, accept, type HookParts } from './accept.ts';
import { type Delivery, type HookEvent, MalformedDelivery, type Receiver } from './hook.ts';
import {
  isLong,
  type Judgment,
  judgeHead,
  MAX_BODY_BYTES,
  type Refusal,
  type Result,
  readHead,
  refuse,
} from './judge.ts';
import { createGate, type Gate } from './rate.ts';
import { RECEIVERS } from './receivers.ts';
import { addressOf, sourceOf } from './source.ts';
import { strayHandlers } from './strays.ts';

/** What became of one request; nothing in it is a secret or comes from a body unchecked. */
export interface HandledDelivery {
  /** Null: there is no hook at that path. */
  readonly hook: string | null;
  readonly provider: HookType | 'none';
  readonly event: string | null;
  readonly correlationId: string | null;
  readonly result: Result;
  readonly durationMs: number;
  readonly source: string;
}

export interface HookServerParts extends HookParts {
  readonly newId: () => string;
  readonly monotonicMs: () => number;
  readonly onDelivery: (handled: HandledDelivery) => void;
}

export interface HookTimeouts {
  readonly headersMs: number;
  /** Of the whole request, headers included. */
  readonly requestMs: number;
  readonly idleMs: number;
  /** How often the first two are looked at. */
  readonly checkMs: number;
}

export const HOOK_TIMEOUTS: HookTimeouts = {
  headersMs: 10_000,
  requestMs: 15_000,
  idleMs: 60_000,
  checkMs: 1_000,
};

const MAX_HEADER_BYTES = 32_768;
const MAX_CONNECTIONS = 200;
/** Deliveries that wait for the queue at a time; more are asked to come again. */
const MAX_WAITING = 100;
const RETRY_S = 5;
const ACCEPTED = {
  accepted: 202,
  duplicate: 202,
  ignored: 202,
  unavailable: 503,
} as const satisfies Record<Acceptance, number>;
/** What is told of what never became a request to a hook. */
const NO_HOOK = {
  hook: null,
  provider: 'none',
  event: null,
  correlationId: null,
  durationMs: 0,
} as const;
const begunAt = new WeakMap<FastifyRequest, number>();
const judgments = new WeakMap<FastifyRequest, Judgment>();
const PRINTABLE = /^[\x21-\x7e]{1,128}$/;

/** Serves `POST /hooks/NAME` alone, on a port of its own. Throws CONFIG_INVALID when it cannot be listened on. */
export async function startHooks(
  options: HookServer,
  parts: HookServerParts,
  timeouts = HOOK_TIMEOUTS,
): Promise<ListeningServer> {
  const gate = createGate(parts.monotonicMs);
  const busy = new WeakSet<Socket>();
  const refuseStray = async (
    request: FastifyRequest,
    reply: FastifyReply,
    found: Refusal,
  ): Promise<void> => {
    const waitS = gate.admit(sourceOf(request.ip), false);
    const refusal: Refusal =
      waitS === null ? found : { result: 'rate_limited', status: 429, retryAfterS: waitS };
    tell(parts, { hook: null, request }, refusal.result);
    await sendRefusal(request, reply, refusal);
  };
  const strays = strayHandlers({
    isIdle: (socket) => !busy.has(socket),
    onStray: (stray) => parts.onDelivery({ ...NO_HOOK, ...stray }),
    onBadUrl: (request, reply) => void refuseStray(request, reply, refuse('malformed', 400)),
  });
  const app = createHookApp(options, timeouts, strays);
  app.addHook('onRequest', async (request) => {
    busy.add(request.raw.socket);
    // Fastify measures only what it logs.
    begunAt.set(request, parts.monotonicMs());
  });
  app.addHook('onResponse', async (request) => void busy.delete(request.raw.socket));
  for (const hook of options.hooks) {
    const receiver = RECEIVERS[hook.type];
    mountHook(app, { hook, receiver, gate, parts, options, state: { waiting: 0 } });
  }
  const paths = new Set(options.hooks.map(({ name }) => `/hooks/${name}`));
  app.setNotFoundHandler(async (request, reply) => {
    const isHook = paths.has(request.url.split('?')[0] ?? '');
    if (isHook) reply.header('allow', 'POST');
    await refuseStray(request, reply, refuse('not_found', isHook ? 405 : 404));
  });
  const { host, port } = options;
  return await listen(app, { host, port, keys: 'server.hooksHost and server.hooksPort' });
}

function createHookApp(
  { trustedProxies }: HookServer,
  { headersMs, requestMs, idleMs, checkMs }: HookTimeouts,
  strays: ReturnType<typeof strayHandlers>,
): FastifyInstance {
  const app = fastify({
    ...strays,
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersMs,
      connectionsCheckingInterval: checkMs,
    },
  });
  // Behind a proxy all connections are the proxy's.
  const mostOfOne = trustedProxies.length === 0 ? MAX_CONNECTIONS / 2 : MAX_CONNECTIONS;
  limitConnections(app.server, { most: MAX_CONNECTIONS, mostOfOne });
  // MACs are over bytes: nothing is parsed before a delivery is verified.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  return app;
}

interface Mounted {
  readonly hook: Hook;
  readonly receiver: Receiver;
  readonly gate: Gate;
  readonly parts: HookServerParts;
  readonly options: HookServer;
  readonly state: { waiting: number };
}

function mountHook(app: FastifyInstance, mounted: Mounted): void {
  const { hook, receiver, gate, parts, options, state } = mounted;
  const { requireHttps } = options;
  app.post(`/hooks/${hook.name}`, {
    onRequest: async (request, reply) => {
      const judgment = judgeHead({ hook, receiver, gate, requireHttps }, request);
      judgments.set(request, judgment);
      const refusal = judgment.refusal ?? (state.waiting < MAX_WAITING ? null : BUSY);
      if (refusal === null) return;
      tell(parts, { hook, request }, refusal.result);
      await sendRefusal(request, reply, refusal);
    },
    handler: async (request, reply) => {
      state.waiting += 1;
      try {
        await receive(mounted, request, reply);
      } finally {
        state.waiting -= 1;
      }
    },
    errorHandler: (error, request, reply) => {
      const refusal = refusalOf(error);
      tell(parts, { hook, request }, refusal.result);
      // The rest of a body that is too long is not waited for.
      reply.header('connection', 'close');
      void sendRefusal(request, reply, refusal);
    },
  });
}

const BUSY: Refusal = { result: 'unavailable', status: 503, retryAfterS: RETRY_S };

/** Nothing but the status says why: neither message nor stack leaves. */
function refusalOf(error: unknown): Refusal {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  if (status === 413) return refuse('too_large', 413);
  return typeof status === 'number' && status < 500 ? refuse('malformed', 400) : BUSY;
}

/** Verify, read, accept: in this order. */
async function receive(
  { hook, receiver, gate, parts, options }: Mounted,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const delivery: Delivery = { ...readHead(request), body };
  const { secrets } = hook;
  const proof = { secrets, now: parts.now(), toleranceMs: options.toleranceMs };
  const isOpen = secrets.length === 0;
  if (!isOpen && !receiver.credential.verify(delivery, proof)) {
    const refusal = judgments.get(request)?.ifWrong ?? refuse('bad_signature', 401);
    tell(parts, { hook, request }, refusal.result);
    await sendRefusal(request, reply, refusal);
    return;
  }
  // Where nobody proves anything, every request costs.
  if (!isOpen) gate.proved(sourceOf(request.ip));
  const event = tryRead(receiver, delivery);
  if (event === null) {
    tell(parts, { hook, request }, 'malformed');
    await sendRefusal(request, reply, refuse('malformed', 400));
    return;
  }
  const { deliveryId } = event;
  const isPlain = deliveryId !== null && PRINTABLE.test(deliveryId);
  const correlationId = isPlain ? deliveryId : parts.newId();
  const result = await accept(parts, { hook, event, correlationId });
  tell(parts, { hook, request, event, correlationId }, result);
  if (result === 'unavailable') reply.header('retry-after', RETRY_S);
  await reply.code(ACCEPTED[result]).send({ status: result });
}

function tryRead(receiver: Receiver, delivery: Delivery): HookEvent | null {
  try {
    return receiver.read(delivery);
  } catch (error) {
    if (error instanceof MalformedDelivery) return null;
    throw error;
  }
}

interface Handled {
  readonly hook: Hook | null;
  readonly request: FastifyRequest;
  readonly event?: HookEvent;
  readonly correlationId?: string;
}

function tell(
  { onDelivery, monotonicMs }: HookServerParts,
  handled: Handled,
  result: Result,
): void {
  const { hook, request, event, correlationId = null } = handled;
  const isPlain = event !== undefined && PRINTABLE.test(event.name.replaceAll(' ', '_'));
  onDelivery({
    hook: hook?.name ?? null,
    provider: hook?.type ?? 'none',
    event: isPlain ? event.name : null,
    correlationId,
    result,
    durationMs: monotonicMs() - (begunAt.get(request) ?? monotonicMs()),
    source: addressOf(request.ip),
  });
}

function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, retryAfterS }: Refusal,
): FastifyReply {
  if (retryAfterS !== null) reply.header('retry-after', retryAfterS);
  if (isLong(request)) reply.header('connection', 'close');
  return reply.code(status).send({ status: 'refused' });
}
