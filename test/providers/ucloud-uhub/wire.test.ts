import { describe, expect, test } from 'vitest';
import type { ApiRequest } from '../../../src/http/request.ts';
import type { UcloudUhubAccount } from '../../../src/model/account.ts';
import { Secret } from '../../../src/model/secret.ts';
import { createUcloudWire } from '../../../src/providers/ucloud-uhub/wire.ts';

const account: UcloudUhubAccount = {
  name: 'hub',
  provider: 'ucloud-uhub',
  endpoint: 'https://api.ucloud.cn',
  projectId: 'org-abc123',
  auth: {
    publicKey: new Secret('ucloudsomeone@example.com1296235120854146120'),
    privateKey: new Secret('46f09bb9fab4f12dfc160dae12273d5332b5debe'),
    securityToken: null,
  },
  limits: { requestsPerSecond: 1, burst: 1, concurrency: 1 },
  timeoutMs: 1_000,
  protect: [],
  caFile: null,
};
const context = { host: 'api.ucloud.cn', now: new Date(0), signal: new AbortController().signal };

function aRequest(operation: string, query: ApiRequest['query'] = []): ApiRequest {
  return { operation, method: 'POST', segments: [], query, idempotent: true };
}

const image = [
  ['RepoName', 'myrepo'],
  ['ImageName', 'nginx'],
] as const;

describe('createUcloudWire()', () => {
  test.each<[string, ApiRequest, string]>([
    [
      '2',
      aRequest('GetImageTag', [...image, ['Offset', '0'], ['Limit', '20']]),
      '04127e2082fd4f74753b387f09ef3579ed384582',
    ],
    [
      '3',
      aRequest('DeleteRepoImage', [...image, ['TagName', 'v1.0']]),
      'e8ffb7f3465f563c2e05c2bca6f5b0568bf1ef46',
    ],
    [
      '4',
      aRequest('CreateRepo', [
        ['RepoName', 'myrepo'],
        ['IsShared', 'false'],
        ['Description', '测试 repo'],
      ]),
      'ef094bbd91285636bf6d44aee54334598877e84a',
    ],
  ])(
    'createUcloudWire() signs vector %s over the decoded values',
    async (_, request, signature) => {
      const outgoing = await createUcloudWire(account).authorize(request, context);

      const form = new URLSearchParams(outgoing.body ?? '');
      expect(form.get('Signature')).toBe(signature);
      expect(form.get('Action')).toBe(request.operation);
      expect(new Set(form.keys()).size).toBe([...form.keys()].length);
      expect(outgoing).toMatchObject({ query: [], segments: [], method: 'POST' });
      expect(outgoing.headers?.['Content-Type']).toBe('application/x-www-form-urlencoded');
    },
  );

  test('createUcloudWire() sends and signs a security token, and no project that is not configured', async () => {
    const temporary = {
      ...account,
      projectId: null,
      auth: { ...account.auth, securityToken: new Secret('some_stoken') },
    };

    const { body } = await createUcloudWire(temporary).authorize(aRequest('GetRepo'), context);

    const form = new URLSearchParams(body ?? '');
    expect(form.get('SecurityToken')).toBe('some_stoken');
    expect(form.has('ProjectId')).toBe(false);
    expect(body).not.toContain('46f09bb9fab4f12dfc160dae12273d5332b5debe');
  });

  test.each<[string, ApiRequest]>([
    ['no tag name', aRequest('DeleteRepoImage', image)],
    ['an empty tag name', aRequest('DeleteRepoImage', [...image, ['TagName', '']])],
    ['a blank tag name', aRequest('DeleteRepoImage', [...image, ['TagName', ' ']])],
  ])('createUcloudWire() never lets out a DeleteRepoImage with %s', async (_, request) => {
    await expect(createUcloudWire(account).authorize(request, context)).rejects.toMatchObject({
      code: 'GATE_REFUSED',
    });
  });

  test('createUcloudWire() refuses an empty value that an encoder would drop', async () => {
    const request = aRequest('GetImageTag', [
      ['RepoName', 'myrepo'],
      ['ImageName', ''],
    ]);

    await expect(createUcloudWire(account).authorize(request, context)).rejects.toThrow(
      '"ImageName" is empty',
    );
  });

  test.each([
    [200, '{"RetCode":0}', 'answer'],
    [200, '{"RetCode":"0"}', 'answer'],
    [200, '{"RetCode":110}', 'fault'],
    [200, '{"RetCode":130}', 'fault'],
    [200, '{"RetCode":150}', 'fault'],
    [200, '{"RetCode":153}', 'throttled'],
    [200, '{"RetCode":160}', 'answer'],
    [200, '{"RetCode":161}', 'answer'],
    [200, '{"RetCode":170}', 'rejected'],
    [200, '{"RetCode":"171"}', 'rejected'],
    [200, '{"RetCode":172}', 'rejected'],
    [200, '{"RetCode":174}', 'rejected'],
    [200, '{"RetCode":299}', 'answer'],
    [200, '{"RetCode":60404}', 'answer'],
    [200, '{"Action":"GetRepoResponse"}', 'fault'],
    [200, '<html></html>', 'fault'],
    [200, '{"RetCode":0,"TagSet":[{"Tag', 'fault'],
    [200, '', 'fault'],
    [429, '', 'throttled'],
    [500, '', 'fault'],
    [502, '<html></html>', 'fault'],
    [503, '', 'fault'],
    [504, '', 'fault'],
    [401, '', 'rejected'],
    [401, '{"RetCode":171}', 'rejected'],
    [403, '{"RetCode":171}', 'rejected'],
    [400, '{"RetCode":153}', 'throttled'],
    [403, '{"RetCode":299}', 'answer'],
    [302, '{"RetCode":0}', 'answer'],
    [403, '', 'answer'],
    [404, '<html></html>', 'answer'],
  ])('createUcloudWire() takes status %i with %s as %s', (status, text, type) => {
    const response = { status, text, headers: {}, attempts: 1 };

    expect(createUcloudWire(account).classify(response, aRequest('GetRepo')).type).toBe(type);
  });

  test('createUcloudWire() has nothing to renew', () => {
    expect(createUcloudWire(account).renew(aRequest('GetRepo'))).toBe(false);
  });
});
