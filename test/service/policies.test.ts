import { describe, expect, test } from 'vitest';
import type { PolicySet } from '../../src/model/policy.ts';
import { warnOfEmptyPauses } from '../../src/service/holds.ts';
import { refreshPolicies } from '../../src/service/policies.ts';
import { createPolicySource } from '../../src/sources/policy-source.ts';
import { aResourcePolicy } from '../support/policies.ts';
import { aPause, keptLog } from './service-bench.ts';

function aSet(name: string): PolicySet {
  return { revision: `sha256:${name}`, policies: [aResourcePolicy({}, { name })], tests: [] };
}

describe('refreshPolicies()', () => {
  test('refreshPolicies() tells that a pause holds nothing any more since its policy has another name', async () => {
    const pauses = [aPause({ type: 'policy', policy: 'golden' })];
    const log = keptLog();
    let files = aSet('golden');
    let synced = 0;
    const source = createPolicySource({
      initial: files,
      load: async () => files,
      onLoad: () => undefined,
      now: () => new Date(0),
    });
    const followers = {
      engine: { refresh: async () => void (synced += 1) },
      log,
      onNew: () => warnOfEmptyPauses(pauses, source.current(), log),
    };

    await refreshPolicies(source, followers);
    const before = [synced, log.lines.length];
    files = aSet('golden-images');
    await refreshPolicies(source, followers);

    expect(before).toEqual([0, 0]);
    expect(synced).toBe(1);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { policy: 'golden' } }]);
  });
});
