import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Incoming, parseBody } from './exchange.ts';
import { FaultRuleSchema, type Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import { RequestLimitSchema } from './request-limit.ts';
import type { RequestLog } from './request-log.ts';
import { SwitchesSchema } from './switches.ts';
import type { World } from './world.ts';
import { renderWorld } from './world-view.ts';

export interface ControlOptions {
  readonly world: World;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly requests: RequestLog;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const TagChangeSchema = z.strictObject({
  service: z.enum(['ims', 'swr', 'uhub', 'oci']),
  target: z.string(),
  key: z.string(),
  /** Value, digest or label; `null` deletes. */
  value: z.string().nullable(),
});

/** The back door for other processes: look at the world, drift it, inject faults. */
export function createControl(options: ControlOptions) {
  return async (incoming: Incoming, response: ServerResponse): Promise<void> => {
    const { status, body } = answer(options, incoming);
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
}

function answer({ world, faults, journal, requests }: ControlOptions, incoming: Incoming): Answer {
  switch (`${incoming.method} /${incoming.segments?.join('/') ?? ''}`) {
    case 'GET /healthz':
      return { status: 200, body: { status: 'ok' } };
    case 'GET /journal':
      return { status: 200, body: journal.entries };
    case 'GET /requests':
      return { status: 200, body: { ...requests, total: requests.total } };
    case 'GET /world':
      return { status: 200, body: renderWorld(world) };
    case 'POST /faults':
      return addFault(faults, parseBody(incoming));
    case 'POST /limits':
      return addLimit(faults, parseBody(incoming));
    case 'DELETE /faults':
      faults.clear();
      return { status: 200, body: {} };
    case 'POST /world/tags':
      return changeTag(world, parseBody(incoming));
    case 'POST /switches':
      return turnSwitches(world, parseBody(incoming));
    case 'DELETE /registry-tokens':
      world.registryTokens.revoke();
      return { status: 200, body: {} };
    default:
      return { status: 404, body: { error: 'No such control route' } };
  }
}

function addFault(faults: Faults, body: unknown): Answer {
  const rule = FaultRuleSchema.safeParse(body);
  if (!rule.success) return { status: 400, body: { error: z.prettifyError(rule.error) } };
  faults.add(rule.data);
  return { status: 201, body: {} };
}

function addLimit(faults: Faults, body: unknown): Answer {
  const limit = RequestLimitSchema.safeParse(body);
  if (!limit.success) return { status: 400, body: { error: z.prettifyError(limit.error) } };
  faults.limit(limit.data);
  return { status: 201, body: {} };
}

function changeTag(world: World, body: unknown): Answer {
  const change = TagChangeSchema.safeParse(body);
  if (!change.success) return { status: 400, body: { error: z.prettifyError(change.error) } };
  const { service, target, key, value } = change.data;
  try {
    const { set, remove } = TAG_WRITERS[service];
    if (value === null) remove(world, target, key);
    else set(world, target, [key, value]);
    return { status: 200, body: {} };
  } catch (error) {
    return { status: 404, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

/** Turns the switches named, by service; the others stay as they are. */
function turnSwitches({ switches }: World, body: unknown): Answer {
  const wanted = z.record(z.string(), z.record(z.string(), z.unknown())).safeParse(body);
  if (!wanted.success) return { status: 400, body: { error: z.prettifyError(wanted.error) } };
  const current: Readonly<Record<string, object>> = switches;
  const merged = Object.entries(wanted.data).map(
    ([service, changes]) => [service, { ...current[service], ...changes }] as const,
  );
  const parsed = SwitchesSchema.safeParse({ ...switches, ...Object.fromEntries(merged) });
  if (!parsed.success) return { status: 400, body: { error: z.prettifyError(parsed.error) } };
  for (const [service, values] of Object.entries(parsed.data)) {
    Object.assign(current[service] ?? {}, values);
  }
  return { status: 200, body: switches };
}

const TAG_WRITERS = {
  ims: {
    set: (world: World, target: string, [key, value]: readonly [string, string]) =>
      world.setImageTag(target, key, value),
    remove: (world: World, target: string, key: string) => world.deleteImageTag(target, key),
  },
  swr: {
    set: (world: World, target: string, [key, value]: readonly [string, string]) =>
      void world.setRepositoryTag(target, key, value),
    remove: (world: World, target: string, key: string) => world.deleteRepositoryTag(target, key),
  },
  uhub: {
    set: (world: World, target: string, [key, value]: readonly [string, string]) =>
      void world.setUhubTag(target, key, value),
    remove: (world: World, target: string, key: string) => world.deleteUhubTag(target, key),
  },
  oci: {
    set: (world: World, target: string, [key, value]: readonly [string, string]) =>
      void world.setOciTag(target, key, value),
    remove: (world: World, target: string, key: string) => world.deleteOciTag(target, key),
  },
} as const;
