import type { Refusal, Reply } from './exchange.ts';
import type { FaultRule } from './faults.ts';

const THROTTLE_MESSAGE =
  'The throttling threshold has been reached: policy user over ratelimit,limit:60,time:1 minute';
const PAGE =
  '<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Oops</h1></body></html>';

/** The made-up answer of a fault that answers; `null` for kinds that do something else. */
export function refuseByFault(rule: FaultRule, refuse: (refusal: Refusal) => Reply): Reply | null {
  switch (rule.kind) {
    case 'before':
    case 'after':
    case 'partial':
      return refuse({
        status: rule.status ?? (rule.kind === 'partial' ? 500 : 503),
        code: String(rule.code ?? 'APIGW.0201'),
        message: 'Backend unavailable (injected)',
      });
    case 'status':
      return withRetryAfter(
        rule,
        refuse({
          status: rule.status ?? 500,
          code: String(rule.code ?? 'APIGW.0201'),
          message: `Injected status ${rule.status ?? 500}`,
        }),
      );
    case 'html':
      return {
        status: rule.status ?? 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: PAGE,
        code: 'html',
      };
    case '429':
      return withRetryAfter(
        rule,
        refuse({ status: rule.status ?? 429, code: 'APIGW.0308', message: THROTTLE_MESSAGE }),
      );
    case 'swr-throttle-403':
      return withRetryAfter(
        rule,
        refuse({ status: 403, code: 'SVCSTG.SWR.4031032', message: 'Too many requests' }),
      );
    case 'swr-busy-409':
      return refuse({ status: 409, code: 'SVCSTG.SWR.4090023', message: 'Resource is busy' });
    case 'retcode':
      return refuse({
        status: rule.status ?? 200,
        code: String(rule.code ?? 150),
        message: 'Injected RetCode',
      });
    default:
      return null;
  }
}

function withRetryAfter({ retryAfterS }: FaultRule, reply: Reply): Reply {
  return retryAfterS === undefined
    ? reply
    : { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfterS) } };
}
