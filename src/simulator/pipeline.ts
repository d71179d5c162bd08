import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, Distortion, Incoming, Reply, Service, WriteItem } from './exchange.ts';
import { readHeader } from './exchange.ts';
import { refuseByFault } from './fault-replies.ts';
import type { FaultKind, FaultRule, Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import type { RequestLog } from './request-log.ts';

export interface PipelineOptions {
  readonly service: Service;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly requests: RequestLog;
  readonly now: () => number;
}

/** How the answer leaves: as a reply, cut off, or never. */
type Ending =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'hang' | 'reset' };

interface Verdict {
  readonly ending: Ending;
  /** The reply of the fake cloud itself; `null` when a fault kept the request from it. */
  readonly executed: Reply | null;
}

const DEFAULT_LATENCY_MS = 250;
const BODILESS: ReadonlySet<number> = new Set([204, 304]);
/** What is carried out, at least in part, although the answer says it failed. */
const REFUSED_AFTERWARDS: ReadonlySet<FaultKind> = new Set(['after', 'partial']);
const UNEXECUTED_ENDINGS: ReadonlySet<FaultKind> = new Set(['hang', 'reset']);

/** Answers one service's requests: route, fault, authenticate, run, record, send. */
export function createPipeline(options: PipelineOptions) {
  return async (incoming: Incoming, response: ServerResponse): Promise<void> => {
    const { service, faults } = options;
    const arrived = service.route(incoming);
    const { operation, target } = arrived;
    const fault = faults.take({ service: service.name, operation, target });
    const latencyMs =
      faults.latencyMs + (fault?.latencyMs ?? (fault?.kind === 'latency' ? DEFAULT_LATENCY_MS : 0));
    if (latencyMs > 0) await sleep(latencyMs);
    // Which names a request changes depends on the world it meets, not on the one it set out in.
    const call = latencyMs > 0 ? service.route(incoming) : arrived;

    const before = call.writes.map((item) => readValue(call, item));
    const verdict = execute(service, call, { incoming, fault });
    record({ options, incoming, call, fault, verdict, before });
    send(verdict.ending, response, incoming);
  };
}

interface Attempt {
  readonly incoming: Incoming;
  readonly fault: FaultRule | null;
}

function execute(service: Service, call: Call, { incoming, fault }: Attempt): Verdict {
  const refusal =
    fault === null ? null : refuseByFault(fault, (refused) => service.refuse(refused, incoming));
  if (refusal !== null && !(fault !== null && REFUSED_AFTERWARDS.has(fault.kind))) {
    return { ending: { type: 'reply', reply: refusal }, executed: null };
  }
  if (fault !== null && UNEXECUTED_ENDINGS.has(fault.kind)) {
    return { ending: { type: fault.kind === 'hang' ? 'hang' : 'reset' }, executed: null };
  }
  const reply = runAuthenticated(service, call, { incoming, fault });
  return { ending: endAfter(reply, fault, refusal), executed: reply };
}

function runAuthenticated(service: Service, call: Call, { incoming, fault }: Attempt): Reply {
  const authentication = service.authenticate(incoming);
  if (authentication.type === 'refused') return authentication.reply;
  return call.run({ caller: authentication.caller, distortion: readDistortion(fault) });
}

function endAfter(reply: Reply, fault: FaultRule | null, refusal: Reply | null): Ending {
  switch (fault?.kind) {
    case 'after':
    case 'partial':
      return { type: 'reply', reply: refusal ?? reply };
    case 'hang-after':
      return { type: 'hang' };
    case 'reset-after':
      return { type: 'reset' };
    case 'truncate':
      return { type: 'reply', reply: truncate(reply) };
    default:
      return { type: 'reply', reply };
  }
}

/** Half of the JSON under an honest length and status 200; an empty body becomes half an object. */
function truncate(reply: Reply): Reply {
  const bytes = Buffer.from(reply.body ?? '');
  const body = reply.body === null ? '{"' : bytes.subarray(0, Math.ceil(bytes.length / 2));
  return { ...reply, status: 200, body };
}

function readDistortion(fault: FaultRule | null): Distortion | null {
  switch (fault?.kind) {
    case 'cursor-loop':
    case 'total-mismatch':
    case 'null-tags':
    case 'partial':
      return fault.kind;
    default:
      return null;
  }
}

function readValue(call: Call, item: WriteItem): string | null {
  return item.key === null ? null : call.read(item.key);
}

interface Passage extends Attempt {
  readonly options: PipelineOptions;
  readonly call: Call;
  readonly verdict: Verdict;
  readonly before: readonly (string | null)[];
}

function record({ options, incoming, call, fault, verdict, before }: Passage): void {
  const { ending, executed } = verdict;
  const sent = ending.type === 'reply' ? ending.reply : null;
  const shared = {
    service: options.service.name,
    target: call.target,
    status: sent?.status ?? null,
    code: sent?.code ?? executed?.code ?? null,
    at: options.now(),
    fault: fault?.kind ?? null,
    requestId: incoming.requestId,
  };
  options.requests.record({
    ...shared,
    operation: call.operation,
    userAgent: readHeader(incoming, 'user-agent'),
    correlationId: readHeader(incoming, 'x-request-id'),
  });
  for (const [index, item] of call.writes.entries()) {
    options.journal.record({
      ...shared,
      ...item,
      before: before[index] ?? null,
      after: readValue(call, item),
      executed: isExecuted(executed, item),
    });
  }
}

function isExecuted(executed: Reply | null, { key }: WriteItem): boolean {
  if (executed === null) return false;
  if (executed.written === undefined || key === null) return executed.code === null;
  return executed.written.has(key);
}

function send(ending: Ending, response: ServerResponse, incoming: Incoming): void {
  if (ending.type !== 'reply') {
    if (ending.type === 'reset') response.socket?.resetAndDestroy();
    return;
  }
  const { status, headers, body } = ending.reply;
  const content = BODILESS.has(status) ? null : Buffer.from(body ?? '');
  response.writeHead(status, {
    'x-request-id': incoming.requestId,
    ...headers,
    ...(content === null ? {} : { 'content-length': String(content.length) }),
  });
  response.end(content === null || incoming.method === 'HEAD' ? undefined : content);
}
