import type { ApiResponse, Classification } from './request.ts';

const FAULTS: ReadonlySet<number> = new Set([408, 425, 500, 502, 503, 504, 507]);

/** How a status is to be taken when the body says nothing better. Wires start from this. */
export function classifyStatus(response: ApiResponse): Classification {
  if (response.status === 429) return { type: 'throttled', retryAfterMs: null };
  if (FAULTS.has(response.status)) return { type: 'fault', detail: `status ${response.status}` };
  if (response.status < 300 && !looksWhole(response.text)) {
    return {
      type: 'fault',
      detail: `status ${response.status} with a body that is not whole JSON`,
    };
  }
  return { type: 'answer' };
}

/** False for a page of a proxy and for JSON that was cut; the real parse comes later. */
function looksWhole(text: string): boolean {
  const body = text.trim();
  if (body === '') return true;
  return (
    (body.startsWith('{') && body.endsWith('}')) || (body.startsWith('[') && body.endsWith(']'))
  );
}
