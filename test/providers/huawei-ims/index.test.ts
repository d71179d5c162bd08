import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RequestEvent } from '../../../src/http/client.ts';
import { huaweiImsCapabilities } from '../../../src/providers/huawei-ims/capabilities.ts';
import { createHuaweiImsProvider } from '../../../src/providers/huawei-ims/index.ts';
import { calm, failureOf } from '../../http/support/failure.ts';
import { freely } from '../../support/write-check.ts';
import { type Cloud, copy, startCloud, TARGET } from './support/cloud.ts';

let cloud: Cloud;

beforeEach(async () => {
  cloud = await startCloud();
});

afterEach(() => cloud.close());

describe('createHuaweiImsProvider()', () => {
  test('names itself and its account', () => {
    expect(cloud.provider).toMatchObject({
      name: 'huawei-ims',
      account: 'north',
      capabilities: huaweiImsCapabilities,
    });
  });

  test('refuses a copy before any request, with the reason', async () => {
    const error = await failureOf(cloud.provider.perform(TARGET, copy('v1', 'v2'), freely, calm()));

    expect(error.code).toBe('PROVIDER_REJECTED');
    expect(error.message).toContain('texts, not names of content');
    expect(cloud.simulator.requests.total).toBe(0);
  });

  test('tells about its requests', async () => {
    const events: RequestEvent[] = [];
    const provider = createHuaweiImsProvider(cloud.account, {
      now: () => new Date(),
      random: () => 0,
      onRequest: (event) => events.push(event),
    });

    await provider.list(TARGET, calm());
    await provider.close();

    expect(events).toMatchObject([{ operation: 'ListImageTags', method: 'GET', status: 200 }]);
  });
});

describe('huaweiImsCapabilities', () => {
  test('can add and delete up to ten key-value tags, and says why not copy', () => {
    expect(huaweiImsCapabilities).toMatchObject({ kind: 'resource', maxTags: 10 });
    expect([...huaweiImsCapabilities.operations]).toEqual(['add', 'delete']);
    expect(huaweiImsCapabilities.missing.copy).toContain('ResourceTagPolicy');
  });

  test.each([
    ['a', null],
    ['k'.repeat(36), null],
    ['𐐷'.repeat(36), null],
    ['k'.repeat(37), 'a key has at most 36 characters, this one has 37'],
    ['', 'a key must be neither empty nor blank'],
    ['\u3000 ', 'a key must be neither empty nor blank'],
  ])('judges the key "%s"', (key, rule) => {
    expect(huaweiImsCapabilities.refuseName(key)).toBe(rule);
  });

  test.each([
    ['', null],
    [' ', null],
    ['𐐷'.repeat(43), null],
    ['v'.repeat(44), 'a value has at most 43 characters, this one has 44'],
  ])('judges the value "%s"', (value, rule) => {
    expect(huaweiImsCapabilities.refuseValue(value)).toBe(rule);
  });
});
