import { type Incoming, type Refusal, type Reply, renderJson } from './exchange.ts';
import type { Switches } from './switches.ts';

/** The gateway's own body; it answers before any service is reached. */
export function refuseAtGateway(refusal: Refusal, incoming: Incoming): Reply {
  return refuseWith(refusal, {
    error_msg: refusal.message,
    error_code: refusal.code,
    request_id: incoming.requestId,
  });
}

/** IMS: wrapped, flat or gateway, by switch. */
export function refuseAsIms(
  refusal: Refusal,
  incoming: Incoming,
  shape: Switches['ims']['errorShape'],
): Reply {
  const { code, message } = refusal;
  if (code.startsWith('APIG') || shape === 'gateway') return refuseAtGateway(refusal, incoming);
  return refuseWith(
    refusal,
    shape === 'flat' ? { error_code: code, error_msg: message } : { error: { message, code } },
  );
}

/** SWR: shapes A to D of the contract's section 8.1, by switch. */
export function refuseAsSwr(
  refusal: Refusal,
  incoming: Incoming,
  shape: Switches['swr']['errorShape'],
): Reply {
  const { status, code, message } = refusal;
  if (shape === 'D') {
    const registryCode = REGISTRY_CODES[status] ?? 'UNKNOWN';
    return refuseWith(refusal, { errors: [{ code: registryCode, message }] });
  }
  if (code.startsWith('APIG') || shape === 'C') return refuseAtGateway(refusal, incoming);
  const entry = { errorCode: code, errorMessage: message, detail: '' };
  if (shape === 'A') return refuseWith(refusal, [entry]);
  return refuseWith(refusal, {
    errors: [{ ...entry, encoded_authorization_message: '' }],
    error_code: code,
    error_msg: message,
    details: [{ error_code: code, error_msg: message }],
    encoded_authorization_message: '',
  });
}

/** IAM: the code is the HTTP status, as a number. */
export function refuseAsIam(refusal: Refusal, incoming: Incoming): Reply {
  const { status, code, message } = refusal;
  if (code.startsWith('APIG')) return refuseAtGateway(refusal, incoming);
  return refuseWith(refusal, { error: { code: status, message, title: code } });
}

const REGISTRY_CODES: Readonly<Record<number, string>> = {
  401: 'DENIED',
  403: 'DENIED',
  404: 'NAME_UNKNOWN',
  409: 'CONFLICT',
};

function refuseWith({ status, code }: Refusal, body: unknown): Reply {
  return { ...renderJson(status, body), code };
}
