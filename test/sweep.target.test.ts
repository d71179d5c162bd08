import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../src/model/errors.ts';
import type { Report } from '../src/model/report.ts';
import { parsePolicies } from '../src/policy/parse.ts';
import { huaweiImsCapabilities } from '../src/providers/huawei-ims/capabilities.ts';
import { huaweiSwrCapabilities } from '../src/providers/huawei-swr/names.ts';
import { unknownReport } from '../src/report/unknown.ts';
import { type Selected, visitTarget } from '../src/sweep.ts';
import { createMemoryProvider } from './support/memory-provider.ts';

const SET = parsePolicies([
  {
    path: 'p.yaml',
    text: `
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: golden }
spec: { mode: sync, targets: [{ account: ims-north, images: { name: "golden-*" } }], tags: { ensure: { a: b } } }
---
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec: { mode: sync, targets: [{ account: swr-north, repositories: ["shop/*"] }], copies: [{ from: v1, to: v2 }] }
`,
  },
]);
const { signal } = new AbortController();

function bench() {
  const described: string[] = [];
  const ims = {
    ...createMemoryProvider([], huaweiImsCapabilities),
    describe: async ({ path }: { readonly path: string }) => {
      described.push(path);
      if (path === 'gone') throw new ReconcileError('PROVIDER_NOT_FOUND', 'Cannot find "gone"');
      return { name: path };
    },
  };
  const swr = createMemoryProvider([], huaweiSwrCapabilities);
  const providers = new Map([ims, swr].map((provider) => [provider.account, provider]));
  const met: Selected[] = [];
  const visit = async (selected: Selected): Promise<Report> => {
    met.push(selected);
    return unknownReport(
      { target: selected.target, name: null, provider: swr.name },
      new Error('seen'),
    );
  };
  const go = async (account: string, path: string) =>
    await visitTarget({ providers, set: SET }, { account, path }, visit, signal);
  return { go, met, described };
}

describe('visitTarget()', () => {
  test('visitTarget() asks for the facts of that target, and only where a policy needs them', async () => {
    const { go, met, described } = bench();

    await go('ims-north', 'golden-1');
    await go('swr-north', 'shop/web');

    expect(described).toEqual(['golden-1']);
    expect(met.map(({ attributes }) => attributes)).toEqual([{ name: 'golden-1' }, null]);
    expect(met.map(({ policies }) => policies.map(({ name }) => name))).toEqual([
      ['golden'],
      ['shop'],
    ]);
  });

  test('visitTarget() reports a target without facts as unknown', async () => {
    const { go, met } = bench();

    expect(await go('ims-north', 'gone')).toMatchObject([
      { status: 'unknown', target: { path: 'gone' }, code: 'PROVIDER_NOT_FOUND', retriable: false },
    ]);
    expect(met).toEqual([]);
  });

  test.each([
    ['ims-north', 'silver'],
    ['swr-north', 'other/tool'],
  ])('visitTarget() does not visit %s/%s, which no policy selects', async (account, path) => {
    const { go, met } = bench();

    expect(await go(account, path)).toEqual([]);
    expect(met).toEqual([]);
  });

  test('visitTarget() names the accounts there are when the one asked for is not', async () => {
    const { go } = bench();

    await expect(go('nowhere', 'x')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('wanted one of ims-north, swr-north'),
    });
  });
});
