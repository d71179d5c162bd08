import { z } from 'zod';
import { SERVICE_NAMES, type ServiceName } from './exchange.ts';
import { createRandom } from './random.ts';
import { createRequestLimit, type RequestLimit } from './request-limit.ts';

/** Every way a request can be made to go wrong. */
export const FAULT_KINDS = [
  'before',
  'after',
  /** A batch is carried out for the first half of its names, then refused; any other request as by `after`. */
  'partial',
  'hang',
  'hang-after',
  'reset',
  'reset-after',
  'truncate',
  'html',
  '429',
  'latency',
  'swr-throttle-403',
  'swr-busy-409',
  'retcode',
  'status',
  'cursor-loop',
  'total-mismatch',
  'null-tags',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault to inject. Fields left out match everything. */
export interface FaultRule {
  readonly kind: FaultKind;
  readonly service?: ServiceName | undefined;
  /** Such as `ListImageTags`; names as in the request log. */
  readonly operation?: string | undefined;
  readonly target?: string | RegExp | undefined;
  /** How many matching requests are hit; default 1, `Infinity` for all. */
  readonly times?: number | undefined;
  /** How many matching requests pass first. */
  readonly skip?: number | undefined;
  readonly retryAfterS?: number | undefined;
  readonly latencyMs?: number | undefined;
  /** HTTP status of `before`, `after`, `partial` and `status`. */
  readonly status?: number | undefined;
  /** Error code of `status`; RetCode of `retcode`. */
  readonly code?: string | number | undefined;
}

/** Faults at random, replayable by seed. */
export interface RandomFaults {
  /** Share of requests hit, 0–1. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
  readonly services?: readonly ServiceName[] | undefined;
  readonly seed?: number | undefined;
  readonly latencyMs?: number | undefined;
  readonly retryAfterS?: number | undefined;
}

/** What a request is matched by. */
export interface FaultSubject {
  readonly service: ServiceName;
  readonly operation: string;
  readonly target: string;
}

/** Injected failures. Rules come first, in the order they were added, then the random ones, then the limits. */
export interface Faults {
  /** Delay of every request, in milliseconds. */
  latencyMs: number;
  /** Returns a function that removes the rule. */
  readonly add: (rule: FaultRule) => () => void;
  readonly random: (faults: RandomFaults) => () => void;
  /** Refuses with 429 what comes too fast. */
  readonly limit: (limit: RequestLimit) => () => void;
  /** Removes everything, the global latency included. */
  readonly clear: () => void;
  /** The fault that hits this request; uses up one of its `times`. */
  readonly take: (subject: FaultSubject) => FaultRule | null;
}

/** A rule as the control port accepts it; `targetPattern` is a regular expression. */
export const FaultRuleSchema = z
  .strictObject({
    kind: z.enum(FAULT_KINDS),
    service: z.enum(SERVICE_NAMES).optional(),
    operation: z.string().optional(),
    target: z.string().optional(),
    targetPattern: z.string().optional(),
    times: z.int().positive().optional(),
    skip: z.int().nonnegative().optional(),
    retryAfterS: z.number().nonnegative().optional(),
    latencyMs: z.number().nonnegative().optional(),
    status: z.int().min(200).max(599).optional(),
    code: z.union([z.string(), z.number()]).optional(),
  })
  .transform(({ targetPattern, ...rule }) =>
    targetPattern === undefined ? rule : { ...rule, target: new RegExp(targetPattern) },
  );

interface ActiveRule {
  readonly rule: FaultRule;
  skip: number;
  times: number;
}

type Draw = (subject: FaultSubject) => FaultRule | null;

/** No faults yet; `random` drives random faults that bring no seed of their own, `now` the limits. */
export function createFaults(random: () => number, now: () => number): Faults {
  const rules = new Set<ActiveRule>();
  const draws = new Set<Draw>();
  const limits = new Set<Draw>();

  const faults: Faults = {
    latencyMs: 0,
    add: (rule) => {
      const active: ActiveRule = { rule, skip: rule.skip ?? 0, times: rule.times ?? 1 };
      rules.add(active);
      return () => void rules.delete(active);
    },
    random: (options) => {
      const draw = createDraw(
        options,
        options.seed === undefined ? random : createRandom(options.seed),
      );
      draws.add(draw);
      return () => void draws.delete(draw);
    },
    limit: (options) => {
      const limit = createRequestLimit(options, now);
      limits.add(limit);
      return () => void limits.delete(limit);
    },
    clear: () => {
      rules.clear();
      draws.clear();
      limits.clear();
      faults.latencyMs = 0;
    },
    take: (subject) =>
      takeRule(rules, subject) ?? takeDraw(draws, subject) ?? takeDraw(limits, subject),
  };
  return faults;
}

function takeRule(rules: Set<ActiveRule>, subject: FaultSubject): FaultRule | null {
  for (const active of rules) {
    if (!matches(active.rule, subject)) continue;
    if (active.skip > 0) {
      active.skip -= 1;
      continue;
    }
    active.times -= 1;
    if (active.times <= 0) rules.delete(active);
    return active.rule;
  }
  return null;
}

function takeDraw(draws: ReadonlySet<Draw>, subject: FaultSubject): FaultRule | null {
  for (const draw of draws) {
    const rule = draw(subject);
    if (rule !== null) return rule;
  }
  return null;
}

function matches({ service, operation, target }: FaultRule, subject: FaultSubject): boolean {
  return (
    (service === undefined || service === subject.service) &&
    (operation === undefined || operation === subject.operation) &&
    (target === undefined ||
      (typeof target === 'string' ? target === subject.target : subject.target.search(target) >= 0))
  );
}

function createDraw(
  { rate, kinds, services, latencyMs, retryAfterS }: RandomFaults,
  random: () => number,
) {
  return ({ service }: FaultSubject): FaultRule | null => {
    if (services !== undefined && !services.includes(service)) return null;
    if (random() >= rate) return null;
    const kind = kinds[Math.floor(random() * kinds.length)];
    return kind === undefined ? null : { kind, latencyMs, retryAfterS };
  };
}
