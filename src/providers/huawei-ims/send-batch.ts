import { parseApiError } from '../../http/huawei-error.ts';
import { gatewayNumber } from '../../http/huawei-wire.ts';
import type { ApiResponse } from '../../http/request.ts';
import { type ErrorCode, ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import type { Target } from '../../model/target.ts';
import type { PerformResult, Write } from '../provider.ts';
import { expectSuccess, type Question } from './answer.ts';
import { batchCall } from './batch-call.ts';
import { type Add, changed, type Delete, type Standing, standingOf } from './standing.ts';
import { ask, type ImsConnection, listTags } from './tags.ts';

export type Result = PromiseSettledResult<PerformResult>;
export type BatchWrite = Write<Add | Delete>;

/** Writes of one type on distinct keys of one image. */
interface Sending {
  readonly target: Target;
  readonly writes: readonly BatchWrite[];
}

/** What came of one request with its repeats. */
export interface Round {
  /** Of the operations that are decided, at least one unless there is a refusal; the others are still to do. */
  readonly results: ReadonlyMap<Operation, Result>;
  /** Why the others must go one by one; null: they may go together. */
  readonly refusal: 'no-such-call' | 'refused' | null;
}

type Standings = ReadonlyMap<BatchWrite, Standing>;

/** Refusals that single calls may get around: of one bad key, of the tenth tag, of the call itself. */
const REFUSED_TOGETHER: ReadonlySet<ErrorCode> = new Set([
  'PROVIDER_REJECTED',
  'PROVIDER_NOT_FOUND',
]);

/**
 * Sends a batch until every key is decided, or until the rest needs another request. Whether a batch that failed was carried
 * out in part is not documented: before each repeat, and after a refusal, one read tells it for each key.
 * Source: BatchAddOrDeleteTags.
 */
export async function sendBatch(
  connection: ImsConnection,
  { target, writes }: Sending,
  signal: AbortSignal,
): Promise<Round> {
  const call = batchCall(
    connection.account,
    target,
    writes.map(({ operation }) => operation),
  );
  const question = ask(connection.account, target, call.operation);
  const held = new Map<Operation, PromiseRejectedResult>();
  let tried = 0;
  const settled = async (during: AbortSignal): Promise<boolean> => {
    tried += 1;
    return areSettled(await readStandings(connection, { target, writes }, during));
  };
  try {
    const lastCheck = () => askAll(writes, held);
    const response = await connection.http.send(
      { ...call, idempotent: false, settled, lastCheck },
      signal,
    );
    const error = response === null ? null : refusalOf(question, response);
    if (response === null || error === null) {
      return decided(writes, {
        status: 'fulfilled',
        value: { attempts: response?.attempts ?? tried },
      });
    }
    const standings = await readStandings(connection, { target, writes }, signal);
    return afterRefusal(target, standings, { response, error });
  } catch (reason) {
    if (reason instanceof Mixed)
      return { results: resultsOf(target, reason.standings, tried), refusal: null };
    if (held.size > 0) return { results: held, refusal: null };
    return decided(writes, { status: 'rejected', reason });
  }
}

/** Keys of one batch stand differently, so the same request must not be sent again. */
class Mixed extends Error {
  override readonly name = 'Mixed';
  readonly standings: Standings;

  constructor(standings: Standings) {
    super('the keys of a batch stand differently');
    this.standings = standings;
  }
}

function areSettled(standings: Standings): boolean {
  const [first, ...others] = new Set(standings.values());
  if (first === 'changed' || others.length > 0) throw new Mixed(standings);
  return first === 'done';
}

/** One listing for all keys. */
async function readStandings(
  connection: ImsConnection,
  { target, writes }: Sending,
  signal: AbortSignal,
): Promise<Standings> {
  const { tags } = await listTags(connection, target, signal);
  const values = new Map(tags.map(({ name, value }) => [name, value]));
  return new Map(
    writes.map((write) => [
      write,
      standingOf(write.operation, values.get(write.operation.tag) ?? null),
    ]),
  );
}

/** Each write has a say of its own: those that are held leave the batch, and it is sent without them. */
function askAll(writes: readonly BatchWrite[], held: Map<Operation, PromiseRejectedResult>): void {
  for (const { operation, check } of writes) {
    try {
      check();
    } catch (reason) {
      held.set(operation, { status: 'rejected', reason });
    }
  }
  for (const { reason } of held.values()) throw reason;
}

function decided(writes: readonly BatchWrite[], result: Result): Round {
  return { results: new Map(writes.map(({ operation }) => [operation, result])), refusal: null };
}

function resultsOf(target: Target, standings: Standings, attempts: number): Map<Operation, Result> {
  const results = new Map<Operation, Result>();
  for (const [{ operation }, standing] of standings) {
    if (standing === 'done') results.set(operation, { status: 'fulfilled', value: { attempts } });
    if (standing === 'changed') {
      results.set(operation, { status: 'rejected', reason: changed(target, operation.tag) });
    }
  }
  return results;
}

interface Refused {
  readonly response: ApiResponse;
  readonly error: ReconcileError;
}

function afterRefusal(target: Target, standings: Standings, { response, error }: Refused): Round {
  const results = resultsOf(target, standings, response.attempts);
  if (!REFUSED_TOGETHER.has(error.code)) {
    for (const { operation } of standings.keys()) {
      if (!results.has(operation)) results.set(operation, { status: 'rejected', reason: error });
    }
  }
  return { results, refusal: isNoSuchCall(response) ? 'no-such-call' : 'refused' };
}

/** The error of an answer; null: it is a success. */
function refusalOf(question: Question, response: ApiResponse): ReconcileError | null {
  try {
    expectSuccess(question, response);
    return null;
  } catch (error) {
    if (error instanceof ReconcileError) return error;
    throw error;
  }
}

const NO_SUCH_CALL: ReadonlySet<number> = new Set([404, 405, 501]);
/** "The API does not exist or has not been published in the environment", with any status. */
const UNPUBLISHED = '0101';

/** Asked only after the image itself was read; IMS answers with codes of its own only where it knows the call. */
function isNoSuchCall({ status, text }: ApiResponse): boolean {
  const code = parseApiError(text)?.code ?? '';
  if (gatewayNumber(code) === UNPUBLISHED) return true;
  return NO_SUCH_CALL.has(status) && !code.startsWith('IMG.');
}
