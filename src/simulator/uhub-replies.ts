import { type Incoming, type Refusal, type Reply, renderJson } from './exchange.ts';
import type { World } from './world.ts';

const THROTTLED = 153;
const GATEWAY_ABNORMAL = 130;

/** Success: RetCode 0. */
export function renderAction(world: World, action: string, fields: object): Reply {
  return renderJson(200, {
    RetCode: renderRetCode(world, 0),
    Action: `${action}Response`,
    ...fields,
  });
}

/** A business error: HTTP 200 whatever happened. */
export function refuseAction(
  world: World,
  action: string,
  { retCode, message }: { readonly retCode: number; readonly message: string },
): Reply {
  const body = {
    RetCode: renderRetCode(world, retCode),
    Action: `${action}Response`,
    Message: message,
  };
  return { ...renderJson(200, body), code: String(retCode) };
}

/** An injected failure: throttling is a RetCode, other statuses keep their HTTP status. */
export function refuseInjected(
  world: World,
  action: string,
  { status, code, message }: Refusal,
): Reply {
  if (status === 429 && code === 'APIGW.0308') {
    return refuseAction(world, action, { retCode: THROTTLED, message });
  }
  const retCode = /^\d+$/.test(code) ? Number(code) : GATEWAY_ABNORMAL;
  return { ...refuseAction(world, action, { retCode, message }), status };
}

/** The identity every answer carries. */
export function withRequestUuid(reply: Reply, incoming: Incoming): Reply {
  return { ...reply, headers: { ...reply.headers, 'x-ucloud-request-uuid': incoming.requestId } };
}

function renderRetCode(world: World, retCode: number): number | string {
  return world.switches.uhub.retCodeAsString ? String(retCode) : retCode;
}
