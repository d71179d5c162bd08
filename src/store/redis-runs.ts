import { z } from 'zod';
import type { Run } from '../model/history.ts';
import { targetKey } from '../model/target.ts';
import { decodeRun, encode, SHOWN_OPERATIONS, type StoredOperation } from './codec.ts';
import { parseRunPlace, runPlace, timePlace } from './place.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import { DROP } from './redis-targets.ts';
import type { RunQuery, Store } from './store.ts';

const INTEND = defineScript(
  z.null(),
  `
local run, key, place = root .. 'run:' .. ARGV[1], ARGV[2], ARGV[3]
if call('HSETNX', run, 'head', ARGV[4]) == 1 then
  call('HSET', run, 'target', key)
  call('ZADD', root .. 'runs', 0, place)
  call('ZADD', root .. 'runs:' .. key, 0, place)
end
call('HSETNX', run, ARGV[5], ARGV[6])
return nil`,
);

const SETTLE = defineScript(
  z.null(),
  `
local run, seq = root .. 'run:' .. ARGV[1], ARGV[2]
local operation = call('HGET', run, seq)
if operation then call('HSET', run, seq, string.match(operation, '^[^\\n]*') .. '\\n' .. ARGV[3]) end
return nil`,
);

const END = defineScript(
  z.null(),
  `
local run = root .. 'run:' .. ARGV[1]
if call('EXISTS', run) == 1 then call('HSET', run, 'end', ARGV[2]) end
return nil`,
);

/** Fields and values of one run: all of them, or of a long one its head and the operations below a number. */
const READ = `
local function read(id, first, size)
  local run = root .. 'run:' .. id
  if first == 0 or size <= first + 2 then return call('HGETALL', run) end
  local fields = { 'head', 'target', 'end' }
  for seq = 0, first - 1 do fields[#fields + 1] = tostring(seq) end
  local found = {}
  for i, value in ipairs(call('HMGET', run, unpack(fields))) do
    if value then
      found[#found + 1] = fields[i]
      found[#found + 1] = value
    end
  end
  return found
end
`;
const Fields = z.array(z.string());

const RUN = defineScript(Fields, `${READ}\nreturn read(ARGV[1], 0, 0)`);

const RUNS = defineScript(
  z.array(z.tuple([z.string(), z.number(), Fields])),
  `${READ}
local places = call('ZREVRANGEBYLEX', root .. ARGV[1], ARGV[2], '-', 'LIMIT', 0, ARGV[3])
local found = {}
for i, place in ipairs(places) do
  local id = string.sub(place, 16)
  local size = call('HLEN', root .. 'run:' .. id)
  found[i] = { place, size, read(id, tonumber(ARGV[4]), size) }
end
return found`,
);

/** Few at a time, so that nobody else waits long. */
const CHUNK = 100;

const PRUNE_RUNS = defineScript(
  z.number(),
  `
local runs = root .. 'runs'
local excess = call('ZCARD', runs) - tonumber(ARGV[2])
local count = math.min(math.max(call('ZLEXCOUNT', runs, '-', '(' .. ARGV[1]), excess), tonumber(ARGV[3]))
if count <= 0 then return 0 end
for _, place in ipairs(call('ZRANGE', runs, 0, count - 1)) do
  local run = root .. 'run:' .. string.sub(place, 16)
  local key = call('HGET', run, 'target')
  if key then call('ZREM', root .. 'runs:' .. key, place) end
  call('UNLINK', run)
  call('ZREM', runs, place)
end
return count`,
);

const PRUNE_TARGETS = defineScript(
  z.number(),
  `${DROP}
local keys = call('ZRANGEBYSCORE', root .. 'passed', '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, key in ipairs(keys) do drop(key) end
call('ZREMRANGEBYSCORE', root .. 'quarantine', '-inf', '(' .. ARGV[1])
return #keys`,
);

type RunPart = Pick<Store, 'intend' | 'settle' | 'endRun' | 'run' | 'runs' | 'prune'>;

/** One hash per run; two sorted sets, of all runs and of the target's, whose members sort by start and id. */
export function createRedisRuns({ run: runScript }: RedisContext): RunPart {
  return {
    async intend(run, seq, operation, at) {
      await runScript(`write down operation ${seq} of run "${run.id}"`, INTEND, [
        run.id,
        targetKey(run.target),
        runPlace(run.startedAt, run.id),
        encode(run),
        seq,
        encode({ operation, intendedAt: at }),
      ]);
    },
    async settle(runId, seq, outcome) {
      const what = `settle operation ${seq} of run "${runId}"`;
      await runScript(what, SETTLE, [runId, seq, encode(outcome)]);
    },
    async endRun(runId, at) {
      await runScript(`end run "${runId}"`, END, [runId, at.getTime()]);
    },
    async run(id) {
      const fields = await runScript(`read run "${id}"`, RUN, [id]);
      return toRun(fields, null);
    },
    async runs(query) {
      const found = await runScript('list runs', RUNS, runsArguments(query));
      const shown = found.slice(0, query.limit);
      const items = shown.map(([, size, fields]) => toRun(fields, size));
      const next = found.length > query.limit ? (shown.at(-1)?.[0] ?? null) : null;
      return { items: items.filter((run) => run !== null), next };
    },
    async prune({ before, maxRuns }) {
      const runs = [timePlace(before), maxRuns, CHUNK];
      while ((await runScript('prune runs', PRUNE_RUNS, runs)) === CHUNK);
      const targets = [before.getTime(), CHUNK];
      while ((await runScript('prune targets', PRUNE_TARGETS, targets)) === CHUNK);
    },
  };
}

function runsArguments({ target, after, limit }: RunQuery): (string | number)[] {
  if (after !== null) parseRunPlace(after);
  const index = target === null ? 'runs' : `runs:${targetKey(target)}`;
  return [index, after === null ? '+' : `(${after}`, limit + 1, SHOWN_OPERATIONS];
}

/** `size`: of the whole hash where only a part of it was read; null: all was read. */
function toRun(flat: readonly string[], size: number | null): Run | null {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '');
  const head = fields.get('head');
  if (head === undefined) return null;
  const ended = fields.get('end');
  const others = ended === undefined ? 2 : 3; // head, target, end
  return decodeRun({
    head,
    endedAt: ended === undefined ? null : new Date(Number(ended)),
    operations: toOperations(fields),
    operationCount: (size ?? fields.size) - others,
  });
}

function toOperations(fields: ReadonlyMap<string, string>): StoredOperation[] {
  return [...fields]
    .filter(([field]) => /^\d+$/.test(field))
    .toSorted(([one], [other]) => Number(one) - Number(other))
    .map(([, value]) => {
      const [intent = '', outcome = null] = value.split('\n');
      return { intent, outcome };
    });
}
