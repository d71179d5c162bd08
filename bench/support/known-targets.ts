import type { TargetRecord } from '../../src/model/history.ts';
import { targetKey } from '../../src/model/target.ts';
import type { Storage } from '../../src/queue/port.ts';
import type { Store } from '../../src/store/store.ts';
import { imageId } from '../../test/support/fleet.ts';

const AT_ONCE = 200;
/** Nobody is to look for them. */
const DUE_IN_MS = 30 * 86_400_000;

/** Makes the store know so many images in sync, as passes over them would. */
export async function knowTargets(storage: Storage, store: Store, count: number): Promise<void> {
  if (count === 0) return;
  const first = storage.type === 'redis' ? count : 1;
  for (let start = 0; start < first; start += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, first - start) }, (_, at) => start + at);
    await Promise.all(numbers.map(async (number) => await know(store, number)));
  }
  // A statement each would take minutes: the others are made of the first.
  if (storage.type === 'sql') for (const text of COPIES) await storage.query(text, [count - 1]);
}

async function know(store: Store, number: number): Promise<void> {
  const target = { account: 'ims-north', path: imageId(number) };
  const at = new Date();
  await store.begin(target, { crash: null, process: 'bench' }, at);
  const dueAt = new Date(at.getTime() + DUE_IN_MS);
  await store.finish(recordOf(target, at), dueAt, { state: 'in_sync', policies: ['images'], at });
}

function recordOf(target: TargetRecord['target'], at: Date): TargetRecord {
  return {
    target,
    provider: 'huawei-ims',
    name: `golden-${targetKey(target).slice(-6)}`,
    passedAt: at,
    since: at,
    revision: `sha256:${'0'.repeat(64)}`,
    correlationId: 'bench',
    runId: null,
    status: 'in-sync',
    baseline: 4,
    planDigest: `sha256:${'1'.repeat(64)}`,
    verdict: { safe: true },
    pending: [],
    pendingCount: 0,
    findings: [],
    error: null,
  };
}

const KEY = `left(key, -12) || lpad(number::text, 12, '0')`;
const NUMBERS = 'generate_series(1, $1::integer) AS number';
const COPIES = [
  `INSERT INTO tagwarden.targets (key, account, v, status, since, passed_at, baseline, due_at, record)
   SELECT ${KEY}, account, v, status, since, passed_at, baseline, due_at,
     replace(record, right(key, 36), right(${KEY}, 36)) FROM tagwarden.targets, ${NUMBERS}`,
  `INSERT INTO tagwarden.owners (key, process, at)
   SELECT ${KEY}, process, at FROM tagwarden.owners, ${NUMBERS}`,
  `INSERT INTO tagwarden.standings (key, state, policies)
   SELECT ${KEY}, state, policies FROM tagwarden.standings, ${NUMBERS}`,
];
