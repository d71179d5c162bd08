import { describe, expect, test } from 'vitest';
import { stringToSign, verifyUcloudSignature } from '../../src/simulator/ucloud-signature.ts';
import { PRIVATE_KEY, PUBLIC_KEY } from './wire.ts';

const HOST = {
  Action: 'CreateUHostInstance',
  CPU: '2',
  ChargeType: 'Month',
  DiskSpace: '10',
  ImageId: 'f43736e1-65a5-4bea-ad2e-8a46e18883c2',
  LoginMode: 'Password',
  Memory: '2048',
  Name: 'Host01',
  Password: 'VUNsb3VkLmNu',
  Quantity: '1',
  Region: 'cn-bj2',
  Zone: 'cn-bj2-04',
};
const BACKENDS = Object.fromEntries(
  Array.from({ length: 12 }, (_, index) => [`Backends.${index}`, ['foo', 'bar', '42'][index % 3]]),
);
const IMAGE = { RepoName: 'myrepo', ImageName: 'nginx', ProjectId: 'org-abc123' };

/** ucloud-uhub.md section 4.1. */
const VECTORS: readonly (readonly [number, Record<string, unknown>, string])[] = [
  [
    1,
    { Action: 'DescribeUHostInstance', Region: 'cn-bj2', Limit: '10' },
    'cba5cf5ec4d4233d206b1b54951e3787350a642f',
  ],
  [
    2,
    { Action: 'GetImageTag', ...IMAGE, Offset: '0', Limit: '20' },
    '04127e2082fd4f74753b387f09ef3579ed384582',
  ],
  [
    3,
    { Action: 'DeleteRepoImage', ...IMAGE, TagName: 'v1.0' },
    'e8ffb7f3465f563c2e05c2bca6f5b0568bf1ef46',
  ],
  [
    4,
    {
      Action: 'CreateRepo',
      RepoName: 'myrepo',
      IsShared: false,
      Description: '测试 repo',
      ProjectId: 'org-abc123',
    },
    'ef094bbd91285636bf6d44aee54334598877e84a',
  ],
  [5, HOST, '4f9ef5df2abab2c6fccd1e9515cb7e2df8c6bb65'],
  [6, { ...HOST, SecurityToken: 'some_stoken' }, '170c480ad176a247b324eb92a2cfe536aacfbd04'],
  [7, { Action: 'AllocateBackendBatch', ...BACKENDS }, '6bc32642779f8cb0bb3d3f128b1c0688abf9a1a3'],
  [
    8,
    { Action: 'X', Arr: ['foo', 'bar'], ArrMap: [{ b: '2', a: 1 }], Num: 42.0, F: 42.1, T: true },
    'a146b7e1e4253f6f5c8f62c262039aa29a808e5c',
  ],
];

describe('verifyUcloudSignature()', () => {
  test.each(VECTORS)('accepts vector %i and refuses it changed', (_id, parameters, signature) => {
    const signed = { ...parameters, PublicKey: PUBLIC_KEY, Signature: signature };

    expect(verifyUcloudSignature(signed, PRIVATE_KEY)).toBe(true);
    expect(verifyUcloudSignature({ ...signed, Action: 'Other' }, PRIVATE_KEY)).toBe(false);
    expect(verifyUcloudSignature(signed, `${PRIVATE_KEY}x`)).toBe(false);
  });

  test('accepts vector 9', () => {
    const Signature = '634edc1bb957c0d65e5ab5494cf3b7784fbc87af';

    expect(verifyUcloudSignature({ foo: 'bar', Signature }, 'my_private_key')).toBe(true);
  });
});

describe('stringToSign()', () => {
  test('is the full string of vector 2', () => {
    const parameters = { ...VECTORS[1]?.[1], PublicKey: PUBLIC_KEY, Signature: 'ignored' };

    expect(stringToSign(parameters)).toBe(
      'ActionGetImageTagImageNamenginxLimit20Offset0ProjectIdorg-abc123PublicKeyucloudsomeone@example.com1296235120854146120RepoNamemyrepo',
    );
  });

  test('writes numbers without exponent and leaves null out', () => {
    expect(stringToSign({ a: 1e21, b: 1.5e-7, c: null, d: 0 })).toBe(
      'a1000000000000000000000b0.00000015d0',
    );
  });
});
