import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signUcloud, type UcloudValue } from '../../src/http/sign-ucloud.ts';

const PublicKey = 'ucloudsomeone@example.com1296235120854146120';
const PRIVATE_KEY = '46f09bb9fab4f12dfc160dae12273d5332b5debe';

const CREATE_HOST = {
  Action: 'CreateUHostInstance',
  CPU: 2,
  ChargeType: 'Month',
  DiskSpace: 10,
  ImageId: 'f43736e1-65a5-4bea-ad2e-8a46e18883c2',
  LoginMode: 'Password',
  Memory: 2048,
  Name: 'Host01',
  Password: 'VUNsb3VkLmNu',
  Quantity: 1,
  Region: 'cn-bj2',
  Zone: 'cn-bj2-04',
};
const BACKENDS = Array.from({ length: 12 }, (_, index) => [
  `Backends.${index}`,
  ['foo', 'bar', '42'][index % 3] ?? '',
]);

interface Vector {
  readonly id: number;
  readonly params: Readonly<Record<string, UcloudValue>>;
  readonly signature: string;
}

const VECTORS: readonly Vector[] = [
  {
    id: 1,
    params: { Action: 'DescribeUHostInstance', Region: 'cn-bj2', Limit: 10 },
    signature: 'cba5cf5ec4d4233d206b1b54951e3787350a642f',
  },
  {
    id: 2,
    params: {
      Action: 'GetImageTag',
      RepoName: 'myrepo',
      ImageName: 'nginx',
      Offset: 0,
      Limit: 20,
      ProjectId: 'org-abc123',
    },
    signature: '04127e2082fd4f74753b387f09ef3579ed384582',
  },
  {
    id: 3,
    params: {
      Action: 'DeleteRepoImage',
      RepoName: 'myrepo',
      ImageName: 'nginx',
      TagName: 'v1.0',
      ProjectId: 'org-abc123',
    },
    signature: 'e8ffb7f3465f563c2e05c2bca6f5b0568bf1ef46',
  },
  {
    id: 4,
    params: {
      Action: 'CreateRepo',
      RepoName: 'myrepo',
      IsShared: false,
      Description: '测试 repo',
      ProjectId: 'org-abc123',
    },
    signature: 'ef094bbd91285636bf6d44aee54334598877e84a',
  },
  { id: 5, params: CREATE_HOST, signature: '4f9ef5df2abab2c6fccd1e9515cb7e2df8c6bb65' },
  {
    id: 6,
    params: { ...CREATE_HOST, SecurityToken: 'some_stoken' },
    signature: '170c480ad176a247b324eb92a2cfe536aacfbd04',
  },
  {
    id: 7,
    params: { Action: 'AllocateBackendBatch', ...Object.fromEntries(BACKENDS) },
    signature: '6bc32642779f8cb0bb3d3f128b1c0688abf9a1a3',
  },
  {
    id: 8,
    params: {
      Action: 'X',
      Arr: ['foo', 'bar'],
      ArrMap: [{ b: '2', a: 1 }],
      Num: 42.0,
      F: 42.1,
      T: true,
    },
    signature: 'a146b7e1e4253f6f5c8f62c262039aa29a808e5c',
  },
];

describe('signUcloud()', () => {
  test.each(VECTORS)('reproduces vector $id', ({ params, signature }) => {
    expect(signUcloud({ ...params, PublicKey }, PRIVATE_KEY)).toBe(signature);
  });

  test('reproduces vector 9, without a public key', () => {
    expect(signUcloud({ foo: 'bar' }, 'my_private_key')).toBe(
      '634edc1bb957c0d65e5ab5494cf3b7784fbc87af',
    );
  });

  test('leaves out Signature and null values', () => {
    const plain = signUcloud({ foo: 'bar' }, 'key');

    expect(signUcloud({ foo: 'bar', Signature: 'old', Nothing: null }, 'key')).toBe(plain);
  });

  test.each([
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
    [-2.5e-8, '-0.000000025'],
    [-7, '-7'],
    [0.25, '0.25'],
  ])('writes the number %d as %s', (number, text) => {
    expect(signUcloud({ n: number }, 'key')).toBe(signUcloud({ n: text }, 'key'));
  });

  test('does not depend on the order of the parameters', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (params) => {
        const reversed = Object.fromEntries(Object.entries(params).toReversed());

        expect(signUcloud(reversed, 'key')).toBe(signUcloud(params, 'key'));
      }),
    );
  });
});
