import { classifyStatus } from '../../http/classification.ts';
import type { ApiRequest, Classification, Wire } from '../../http/request.ts';
import { signUcloud } from '../../http/sign-ucloud.ts';
import type { UcloudUhubAccount } from '../../model/account.ts';
import { ReconcileError } from '../../model/errors.ts';
import { isTagName } from './names.ts';
import { classifyRetCode, readRetCode } from './ret-code.ts';

const ANSWER: Classification = { type: 'answer' };

/**
 * Sends the query of a request as a signed form, the operation as `Action`. The signature covers the decoded values
 * and carries no date: a credential leaves only in a body, never in an address.
 */
export function createUcloudWire(account: UcloudUhubAccount): Wire {
  return {
    async authorize(request) {
      const params = toParameters(account, request);
      refuseUnsafe(account, request, params);
      const signature = signUcloud(params, account.auth.privateKey.reveal());
      return {
        ...request,
        query: [],
        headers: { ...request.headers, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...params, Signature: signature }).toString(),
      };
    },
    classify(response) {
      const { status } = response;
      if (status === 401) return { type: 'rejected', detail: 'a key that is not valid' };
      const byStatus = classifyStatus(response);
      if (byStatus.type !== 'answer') return byStatus;
      // Documented with 200 only; a gateway that adds a status of its own must not hide a refused key.
      const retCode = readRetCode(response.text);
      if (retCode !== null) return classifyAnswer(retCode);
      return status < 300 ? { type: 'fault', detail: 'a body without RetCode' } : ANSWER;
    },
    renew: () => false,
  };
}

function classifyAnswer(retCode: number): Classification {
  switch (classifyRetCode(retCode)) {
    case 'fault':
      return { type: 'fault', detail: `RetCode ${retCode}` };
    case 'throttled':
      return { type: 'throttled', retryAfterMs: null };
    case 'rejected':
      return { type: 'rejected', detail: `RetCode ${retCode}` };
    case 'ok':
    case 'forbidden':
    case 'refused':
    case 'product':
      return ANSWER;
  }
}

function toParameters(
  { projectId, auth }: UcloudUhubAccount,
  { operation, query = [] }: ApiRequest,
): Record<string, string> {
  return {
    Action: operation,
    ...Object.fromEntries(query),
    PublicKey: auth.publicKey.reveal(),
    ...(projectId === null ? {} : { ProjectId: projectId }),
    ...(auth.securityToken === null ? {} : { SecurityToken: auth.securityToken.reveal() }),
  };
}

/** Encoders drop empty values, and DeleteRepoImage without a tag name deletes every tag. */
function refuseUnsafe(
  account: UcloudUhubAccount,
  { operation, query = [] }: ApiRequest,
  params: Readonly<Record<string, string>>,
): void {
  const empty = query.find(([, value]) => value.trim() === '')?.[0];
  const isWipe = operation === 'DeleteRepoImage' && !isTagName(params['TagName'] ?? '');
  if (empty === undefined && !isWipe) return;
  throw new ReconcileError(
    'GATE_REFUSED',
    `Cannot call ${operation} of account "${account.name}": parameter "${isWipe ? 'TagName' : empty}" is empty, a value was wanted`,
  );
}
