import { describe, expect, test } from 'vitest';
import type { Promote } from '../../src/model/plan.ts';
import type { Promotion, RegistryContent } from '../../src/model/promotion.ts';
import { withGate } from '../../src/providers/gate.ts';
import { withSources } from '../../src/providers/promotions.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import { IMAGE_CAPABILITIES } from '../support/policies.ts';
import { anImageTag, digestOf } from '../support/tags.ts';

const SIGNAL = new AbortController().signal;
const SOURCE = { account: 'staging', path: 'shop/web' };
const THERE = { account: 'prod', path: 'shop/web' };
const PROMOTE: Promote = {
  type: 'promote',
  tag: '1.0.0',
  source: SOURCE,
  from: '1.0.0',
  value: digestOf('1.0.0'),
  replaces: null,
  referrers: false,
  policy: 'release',
  rule: 'promote[0]',
  mode: 'sync',
  because: 'promoted',
};

const content: RegistryContent = {
  registry: 'https://registry.example.com',
  readManifest: async () => ({ mediaType: 'text/plain', bytes: new Uint8Array() }),
  openBlob: async () => (async function* () {})(),
  listReferrers: async () => [],
};

function anAccount(account: string, parts: Partial<Provider> = {}): Provider {
  const tags = [anImageTag(account)];
  return { ...createMemoryProvider(tags, IMAGE_CAPABILITIES), account, ...parts };
}

function connect(prod: Partial<Provider>, staging: Partial<Provider> = { content }) {
  const accounts = new Map([
    ['prod', anAccount('prod', prod)],
    ['staging', anAccount('staging', staging)],
  ]);
  const own = accounts.get('prod') ?? anAccount('prod');
  return withSources(own, accounts);
}

describe('withSources()', () => {
  test('reads and lists the accounts of others, and its own', async () => {
    const facts = new Map();
    const provider = connect({}, { content, facts: async () => facts });

    expect((await provider.list(SOURCE, SIGNAL)).tags[0]?.name).toBe('staging');
    expect((await provider.list(THERE, SIGNAL)).tags[0]?.name).toBe('prod');
    expect(await provider.read(SOURCE, 'staging', SIGNAL)).toMatchObject({ name: 'staging' });
    expect(await provider.facts?.(SOURCE, [], SIGNAL)).toBe(facts);
    expect(await provider.facts?.(THERE, [], SIGNAL)).toBeNull();
  });

  test('refuses targets of accounts that are not configured', async () => {
    const list = async () => await connect({}).list({ account: 'other', path: 'a' }, SIGNAL);

    await expect(list()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('hands a promotion to the destination, with the content of the source', async () => {
    const seen: Promotion[] = [];
    const transfer: Provider['transfer'] = async (_target, promotion, check) => {
      check();
      seen.push(promotion);
      return { attempts: 3 };
    };
    const provider = withGate(connect({ transfer }), { protect: [] });

    const result = await provider.perform(THERE, PROMOTE, () => {}, SIGNAL);

    expect(result).toEqual({ attempts: 3 });
    expect(seen).toEqual([{ operation: PROMOTE, content }]);
  });

  test.each([
    { what: 'content nobody can read', prod: {}, staging: {}, reason: 'has no such call' },
    {
      what: 'content nobody can read, with its reason',
      prod: {},
      staging: { capabilities: { ...IMAGE_CAPABILITIES, missingContent: 'no registry' } },
      reason: 'no registry',
    },
    { what: 'a destination that cannot', prod: {}, staging: { content }, reason: 'no such call' },
  ])('refuses $what', async ({ prod, staging, reason }) => {
    const provider = connect(prod, staging);

    await expect(provider.perform(THERE, PROMOTE, () => {}, SIGNAL)).rejects.toThrow(reason);
  });

  test('leaves all other operations to the provider', async () => {
    const provider = connect({});
    const { source: _source, referrers: _referrers, ...rest } = PROMOTE;

    await provider.perform(THERE, { ...rest, type: 'copy', from: 'prod' }, () => {}, SIGNAL);

    expect(await provider.read(THERE, '1.0.0', SIGNAL)).toMatchObject({ value: digestOf('prod') });
  });

  test('is held by the gate like any write', async () => {
    const transfer: Provider['transfer'] = async () => ({ attempts: 1 });
    const provider = withGate(connect({ transfer }), { protect: ['1.*'] });

    await expect(provider.perform(THERE, PROMOTE, () => {}, SIGNAL)).rejects.toMatchObject({
      code: 'GATE_REFUSED',
    });
  });
});
