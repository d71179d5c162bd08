import type { Write } from '../../src/audit/entry.ts';

/** A delete that a webhook asked for. */
export function aWrite(tag = 'v1', overrides: Partial<Write> = {}): Write {
  return {
    actor: { type: 'webhook', id: 'delivery-7' },
    correlationId: 'delivery-7',
    commit: 'git:0123456789',
    planId: 'sha256:feed',
    runId: 'run-1',
    target: { account: 'swr', path: 'shop/web' },
    operation: {
      type: 'delete',
      tag,
      policy: 'policy-a',
      rule: 'retain[0]',
      mode: 'sync',
      because: 'too old',
      replaces: 'x',
      makesRoomFor: null,
    },
    ...overrides,
  };
}
