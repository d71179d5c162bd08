import { z } from 'zod';
import type { TargetRecord } from '../model/history.ts';
import { targetKey } from '../model/target.ts';
import { decode } from './codec.ts';
import { NEWER_RECORD_MS } from './limits.ts';
import { compareBytes, parseTargetKey, quote } from './place.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import { UNSTAND } from './redis-standings.ts';
import { RecordSchema, VERSION } from './schemas.ts';
import type { Page, Store, TargetQuery } from './store.ts';

/** Forgets one target; `forget` and `prune` share it. */
export const DROP = `${UNSTAND}
local function drop(key)
  unstand(key)
  local baseline = meta(call('HGET', root .. 'targets', key)).baseline
  -- Of nothing there is nothing to take, and "-0" is no number to Redis.
  if type(baseline) == 'number' and baseline > 0 then call('INCRBY', root .. 'baselines', string.format('%.0f', -baseline)) end
  call('HDEL', root .. 'targets', key)
  for _, index in ipairs({ 'index', 'in-sync', 'drifted', 'refused', 'unknown', 'due', 'passed', 'quarantine' }) do
    call('ZREM', root .. index, key)
  end
  call('UNLINK', root .. 'crashes:' .. key, root .. 'owner:' .. key, root .. 'first-seen:' .. key)
end
`;

/** Of the first line of a target's record: whether a newer release, which is still at work, wrote it. */
export const IS_NEWER = `
local function isNewer(old, key, now)
  if type(old.v) ~= 'number' or old.v <= ${VERSION} then return false end
  return now - (tonumber(call('ZSCORE', root .. 'passed', key) or '') or 0) < ${NEWER_RECORD_MS}
end
`;

const FORGET = defineScript(z.null(), `${DROP}\ndrop(ARGV[1])\nreturn nil`);

const PAGE = defineScript(
  z.array(z.tuple([z.string(), z.string().nullable(), z.coerce.number()])),
  `
local keys = call('ZRANGEBYLEX', root .. ARGV[1], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
local page = {}
for i, key in ipairs(keys) do
  page[i] = { key, call('HGET', root .. 'targets', key), call('ZSCORE', root .. 'passed', key) or '0' }
end
return page`,
);

const COUNTS = defineScript(
  z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]),
  `
local counts = {}
for i, status in ipairs({ 'in-sync', 'drifted', 'refused', 'unknown' }) do
  counts[i] = call('ZCARD', root .. status)
end
counts[5] = call('ZCOUNT', root .. 'quarantine', '(' .. ARGV[1], '+inf')
return counts`,
);

const TAKE_OVERDUE = defineScript(
  z.array(z.string()),
  `
local keys = call('ZRANGEBYSCORE', root .. 'due', '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, key in ipairs(keys) do call('ZADD', root .. 'due', ARGV[3], key) end
return keys`,
);

const Meta = z.object({
  v: z.literal(VERSION),
  since: z.number(),
  runId: z.string().nullable().default(null),
  baseline: z.number().nullable().default(null),
});

type TargetPart = Pick<Store, 'forget' | 'target' | 'targets' | 'counts' | 'takeOverdue'>;

/** Records in one hash, sorted sets as indexes over their keys. */
export function createRedisTargets({ run }: RedisContext): TargetPart {
  return {
    async forget(target) {
      await run(`forget ${quote(target)}`, FORGET, [targetKey(target)]);
    },
    async target(target) {
      const key = targetKey(target);
      const what = `read the record of ${quote(target)}`;
      const [page] = await run(what, PAGE, ['index', `[${key}`, `[${key}`, 1]);
      return page === undefined ? null : decodeTarget(page);
    },
    targets: async (query) => {
      const found = await run('list targets', PAGE, pageArguments(query));
      return toPage(found, query.limit);
    },
    async counts(now) {
      const counts = await run('count targets', COUNTS, [now.getTime()]);
      const [inSync, drifted, refused, unknown, quarantined] = counts;
      return { 'in-sync': inSync, drifted, refused, unknown, quarantined };
    },
    async takeOverdue({ now, limit, againMs }) {
      const keys = await run('take overdue targets', TAKE_OVERDUE, [
        now.getTime(),
        limit,
        now.getTime() + againMs,
      ]);
      return keys.map(parseTargetKey);
    },
  };
}

function pageArguments({ status, account, after, limit }: TargetQuery): (string | number)[] {
  // "0" follows "/": all keys that start with "account/".
  const [first, end] = account === null ? ['-', '+'] : [`[${account}/`, `(${account}0`];
  const resumes = after !== null && (account === null || compareBytes(after, account) > 0);
  return [status ?? 'index', resumes ? `(${after}` : first, end, limit + 1];
}

type Found = z.infer<typeof PAGE.reply>[number];

function toPage(found: readonly Found[], limit: number): Page<TargetRecord> {
  const shown = found.slice(0, limit);
  return {
    items: shown.map(decodeTarget).filter((record) => record !== null),
    next: found.length > limit ? (shown.at(-1)?.[0] ?? null) : null,
  };
}

/** The record as its pass left it, and when it was last seen to be so. */
function decodeTarget([, value, passedMs]: Found): TargetRecord | null {
  if (value === null) return null;
  const end = value.indexOf('\n');
  const meta = decode(Meta, value.slice(0, end));
  const record = decode(RecordSchema, value.slice(end + 1));
  if (meta === null || record === null) return null;
  const { since, runId, baseline } = meta;
  const passedAt = new Date(passedMs);
  return { ...record, passedAt, since: new Date(since), runId, baseline };
}
