import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  renderCanonicalRequest,
  type SignableRequest,
  type SigningKeys,
  signHuawei,
} from '../../src/http/sign-huawei.ts';

const KEYS: SigningKeys = {
  accessKey: 'AKIDEXAMPLE0000000A',
  secretKey: 'SKEXAMPLEKEY00000000000000000000000000ab',
};
const DATE = new Date('2025-01-02T03:04:05Z');
const PROJECT = 'fd73a4a14a4a4dfb9771a8475e5198ea';
const IMAGE = '67e17426-359e-49fb-aa12-0bd1756ec240';
const IMS = 'ims.cn-north-4.myhuaweicloud.com';
const SWR = 'swr-api.cn-north-4.myhuaweicloud.com';
const JSON_TYPE = { 'content-type': 'application/json' };
const PROJECT_HEADERS = { ...JSON_TYPE, 'X-Project-Id': PROJECT };

interface Vector {
  readonly id: string;
  readonly request: SignableRequest;
  readonly keys: SigningKeys;
  readonly date: Date;
  readonly hash: string;
  readonly signature: string;
}

function tagRequest(
  method: string,
  segments: readonly string[],
  body: string | null,
): SignableRequest {
  return {
    method,
    host: IMS,
    segments: ['v2', PROJECT, 'images', IMAGE, 'tags', ...segments],
    query: [],
    headers: PROJECT_HEADERS,
    body,
  };
}

const V1 = tagRequest('POST', [], '{"tag":{"key":"key1","value":"value1"}}');
const V3: SignableRequest = {
  method: 'POST',
  host: SWR,
  segments: ['v2', 'manage', 'namespaces', 'group', 'repos', 'busybox', 'tags'],
  query: [],
  headers: { ...PROJECT_HEADERS, 'X-Security-Token': 'TOKENEXAMPLE+/=' },
  body: '{"source_tag":"v1","destination_tag":"v2","override":false}',
};

const VECTORS: readonly Vector[] = [
  {
    id: 'DOC',
    request: {
      method: 'GET',
      host: 'service.region.example.com',
      segments: ['v1', '77b6a44cba5143ab91d13ab9a8ff44fd', 'vpcs'],
      query: [
        ['limit', '2'],
        ['marker', '13551d6b-755d-4757-b956-536f674975c0'],
      ],
      headers: JSON_TYPE,
      body: null,
    },
    keys: {
      accessKey: 'QTWAOYTTINDUT2QVKYUC',
      secretKey: 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc',
    },
    date: new Date('2019-11-15T03:36:55Z'),
    hash: 'b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a',
    signature: '7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe',
  },
  {
    id: 'V1',
    request: V1,
    keys: KEYS,
    date: DATE,
    hash: '87425b4ba98748ae3fd37fbd9035ae77039f6f548d2dde4855e798411df2de12',
    signature: '6e127f5570fcd57b35929ddf3088a27ec05a2aa3c605887686ed495b4a0f5302',
  },
  {
    id: 'V2',
    request: {
      method: 'GET',
      host: SWR,
      segments: ['v2', 'manage', 'namespaces', 'group', 'repos', 'team$app', 'tags'],
      query: [
        ['limit', '100'],
        ['offset', '0'],
        ['filter', 'order_column::updated_at|order_type::desc'],
      ],
      headers: JSON_TYPE,
      body: null,
    },
    keys: KEYS,
    date: DATE,
    hash: '2b72ff88fb0630ab6bb5d0ef494b8c60563c93c4e675dccbba9ce0753bddcf10',
    signature: '3536152dcbf67733fffd85e6afc87979eb9f5bd08036c250faaea3491b4f5738',
  },
  {
    id: 'V3',
    request: V3,
    keys: KEYS,
    date: DATE,
    hash: '3ee6e5eeddb4c080e4c01c555d6f114bbde613480e901745a8b7dc5253bf36bb',
    signature: 'c973f3d8ee0f4a6ab7834c45eb20f861568172f5587c40dd3a8accd064f0444d',
  },
  {
    id: 'V4',
    request: tagRequest('DELETE', ['环境'], null),
    keys: KEYS,
    date: DATE,
    hash: '65be93da999bcdcc7fdf11f88b71cb914c9722ad2398488d3c0fb7ec4aa41e74',
    signature: 'c1ba20c457049ceea5a8caac4a3922c1a1fb9398de6b1243457ec74d993fca97',
  },
  {
    id: 'V4b',
    request: tagRequest('DELETE', ['a b'], null),
    keys: KEYS,
    date: DATE,
    hash: 'adf3d36e6a3b53f0e0743f764908f7e576095ba359e101085b1815db5dc94890',
    signature: 'c24c5b2adf930a39f81f0a9d130f15367863a70b86972828ef2265a7f12f5cd5',
  },
  {
    id: 'V5',
    request: {
      method: 'GET',
      host: IMS,
      segments: ['v2', 'cloudimages'],
      query: [
        ['limit', '2'],
        ['__imagetype', 'private'],
        ['tag', '环境=prod a'],
        ['marker', ''],
      ],
      headers: PROJECT_HEADERS,
      body: null,
    },
    keys: KEYS,
    date: DATE,
    hash: 'e83573ddd5ba60c1f73ed8a4c092b4bb15e3f856ad61c105790a0a9f0096b156',
    signature: '5f38e0a8fbbd6f2a8aeb01a3c36391bce081b65b85527751fe0a7775a3fa0967',
  },
  {
    id: 'V6',
    request: {
      method: 'GET',
      host: 'iam.myhuaweicloud.com',
      segments: ['v3', 'projects'],
      query: [['name', 'cn-north-4']],
      headers: {},
      body: null,
    },
    keys: KEYS,
    date: DATE,
    hash: '87ed722fd6d3204e4e487542f8683ac72201b893ec6cbd3ab35c8a6d24885f43',
    signature: 'df584f3452c8892499dbd40ffdc295e4cfde362a2066bf107c13241b347b774d',
  },
];

describe('signHuawei()', () => {
  test.each(VECTORS)('reproduces vector $id', ({ request, keys, date, hash, signature }) => {
    const headers = signHuawei(request, keys, date);

    expect(sha256(renderCanonicalRequest(request, date).text)).toBe(hash);
    expect(headers['Authorization']).toContain(`Signature=${signature}`);
  });

  test('writes the whole header of vector V1', () => {
    expect(signHuawei(V1, KEYS, DATE)).toEqual({
      'X-Sdk-Date': '20250102T030405Z',
      Authorization:
        'SDK-HMAC-SHA256 Access=AKIDEXAMPLE0000000A, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature=6e127f5570fcd57b35929ddf3088a27ec05a2aa3c605887686ed495b4a0f5302',
    });
  });

  test('signs an already encoded segment as the raw text it is: the counter-example', () => {
    const encodedTwice = tagRequest('DELETE', ['a%20b'], null);

    const { text } = renderCanonicalRequest(encodedTwice, DATE);
    const headers = signHuawei(encodedTwice, KEYS, DATE);

    expect(text).toContain('/tags/a%2520b/\n');
    expect(sha256(text)).toBe('65328a0dde2d4a2325c44e40f4fe3454d77fe286c77dc10410aeb26da139ab68');
    expect(headers['Authorization']).toContain(
      'Signature=1763d0e329bf152d4125955936c6ac4b3ef4ba9b0532de0b37e828f5c573cbe7',
    );
  });
});

describe('renderCanonicalRequest()', () => {
  test('writes vector V3 line by line', () => {
    const { text, signedHeaders } = renderCanonicalRequest(V3, DATE);

    expect(signedHeaders).toBe('content-type;host;x-project-id;x-sdk-date;x-security-token');
    expect(text.split('\n')).toEqual([
      'POST',
      '/v2/manage/namespaces/group/repos/busybox/tags/',
      '',
      'content-type:application/json',
      'host:swr-api.cn-north-4.myhuaweicloud.com',
      'x-project-id:fd73a4a14a4a4dfb9771a8475e5198ea',
      'x-sdk-date:20250102T030405Z',
      'x-security-token:TOKENEXAMPLE+/=',
      '',
      'content-type;host;x-project-id;x-sdk-date;x-security-token',
      'aec68bd28ebf0d96054f912c59961cac1474dee0feea57d7bb1c066dae4a7b72',
    ]);
  });

  test('sorts the values of a repeated parameter and keeps each', () => {
    const request = {
      ...V1,
      query: [
        ['tag', 'b'],
        ['Zone', '1'],
        ['tag', 'a'],
        ['tag', 'a'],
      ] as const,
    };

    const { text } = renderCanonicalRequest(request, DATE);

    expect(text.split('\n')[2]).toBe('Zone=1&tag=a&tag=a&tag=b');
  });

  test('renderCanonicalRequest() names headers in the order of their code units, each with its own value', () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
    const someHeaders = fc.uniqueArray(fc.tuple(token, fc.stringMatching(/^[a-z0-9]{0,3}$/)), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 12,
    });
    fc.assert(
      fc.property(someHeaders, (given) => {
        const sent = given.filter(([name]) => !/^(host|x-sdk-date)$/i.test(name));
        const all = [...sent, ['host', V1.host], ['x-sdk-date', '20250102T030405Z']] as const;
        const lines = new Map(all.map(([name, value]) => [name.toLowerCase(), value]));
        const names = [...lines.keys()].toSorted();

        const { text, signedHeaders } = renderCanonicalRequest(
          { ...V1, headers: Object.fromEntries(sent) },
          DATE,
        );

        expect(signedHeaders).toBe(names.join(';'));
        expect(text.split('\n').slice(3, -3)).toEqual(
          names.map((name) => `${name}:${lines.get(name)}`),
        );
      }),
    );
  });

  test('renderCanonicalRequest() signs the host and date that are sent, whatever the headers name', () => {
    const headers = { host: 'elsewhere', 'x-sdk-date': 'yesterday' };

    const { text, signedHeaders } = renderCanonicalRequest({ ...V1, headers }, DATE);

    expect(signedHeaders).toBe('host;x-sdk-date');
    expect(text).toContain(`\nhost:${V1.host}\nx-sdk-date:20250102T030405Z\n`);
  });

  test('trims header values', () => {
    const { text } = renderCanonicalRequest({ ...V1, headers: { 'X-Note': '  a b ' } }, DATE);

    expect(text).toContain('\nx-note:a b\n');
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
