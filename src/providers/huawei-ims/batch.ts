import { type ErrorCode, ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import type { Target } from '../../model/target.ts';
import type { Batch, PerformResult, Write } from '../provider.ts';
import { fitsBatchDelete, MAX_BATCH } from './batch-call.ts';
import { huaweiImsCapabilities } from './capabilities.ts';
import { type BatchWrite, type Result, sendBatch } from './send-batch.ts';
import type { ImsConnection } from './tags.ts';

/** Writes one key by a call of its own. */
export type PerformOne = (
  target: Target,
  write: Write<Operation>,
  signal: AbortSignal,
) => Promise<PerformResult>;

/** Several keys of one image in one request; one by one where a region has no such call, and when IMS refuses the batch. */
export function createBatch(connection: ImsConnection, performOne: PerformOne): Batch {
  // Found out once, for as long as the process runs.
  let isMissing = false;
  return {
    types: new Set(['add', 'delete']),
    limit: MAX_BATCH,
    async perform(target, writes, signal) {
      const results = new Map<Operation, Result>();
      let left = writes.filter(fitsBatch);
      let alone = isMissing;
      while (!alone && left.length > 1) {
        const round = await sendBatch(connection, { target, writes: left }, signal);
        for (const [operation, result] of round.results) results.set(operation, result);
        left = left.filter(({ operation }) => !results.has(operation));
        isMissing ||= round.refusal === 'no-such-call';
        alone = round.refusal !== null;
      }
      const others = writes.filter(({ operation }) => !results.has(operation));
      const settle = async (write: Write<Operation>): Promise<Result> =>
        (await Promise.allSettled([performOne(target, write, signal)]))[0];
      for (const [operation, result] of await oneByOne(others, settle)) {
        results.set(operation, result);
      }
      return writes.flatMap(({ operation }) => results.get(operation) ?? []);
    },
  };
}

/** What one key is told is meant for all that would follow. */
const FOR_ALL: ReadonlySet<ErrorCode> = new Set(['PROVIDER_THROTTLED', 'PROVIDER_CONFLICT']);

async function oneByOne(
  writes: readonly Write<Operation>[],
  settle: (write: Write<Operation>) => Promise<Result>,
): Promise<ReadonlyMap<Operation, Result>> {
  const results = new Map<Operation, Result>();
  let last: Result | null = null;
  for (const write of writes) {
    if (last === null || !endsAll(last)) last = await settle(write);
    results.set(write.operation, last);
  }
  return results;
}

function endsAll(result: Result): boolean {
  if (result.status === 'fulfilled') return false;
  return result.reason instanceof ReconcileError && FOR_ALL.has(result.reason.code);
}

function fitsBatch(write: Write<Operation>): write is BatchWrite {
  const { operation } = write;
  const { refuseName, refuseValue } = huaweiImsCapabilities;
  switch (operation.type) {
    case 'add':
      return refuseName(operation.tag) === null && refuseValue(operation.value) === null;
    case 'delete':
      return operation.tag.isWellFormed() && fitsBatchDelete(operation.tag);
    case 'copy':
    case 'promote':
      return false;
  }
}
