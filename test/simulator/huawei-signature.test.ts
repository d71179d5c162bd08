import { describe, expect, test } from 'vitest';
import {
  canonicalRequest,
  parseHuaweiAuthorization,
  type SignedRequest,
  verifyHuaweiSignature,
} from '../../src/simulator/huawei-signature.ts';
import { ACCESS_KEY, PROJECT, SECRET_KEY, sha256 } from './wire.ts';

const IMAGE = '67e17426-359e-49fb-aa12-0bd1756ec240';
const TAGS = `/v2/${PROJECT}/images/${IMAGE}/tags`;
const JSON_TYPE = { 'content-type': 'application/json' };
const PROJECT_HEADER = { 'x-project-id': PROJECT };

interface Vector {
  readonly id: string;
  readonly method: string;
  readonly host: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly date?: string;
  readonly keys?: readonly [string, string];
  readonly canonicalHash: string;
  readonly signature: string;
}

const IMS = 'ims.cn-north-4.myhuaweicloud.com';
const SWR = 'swr-api.cn-north-4.myhuaweicloud.com';

/** huawei-auth.md section 4. */
const VECTORS: readonly Vector[] = [
  {
    id: 'DOC',
    method: 'GET',
    host: 'service.region.example.com',
    target:
      '/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0',
    headers: JSON_TYPE,
    date: '20191115T033655Z',
    keys: ['QTWAOYTTINDUT2QVKYUC', 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc'],
    canonicalHash: 'b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a',
    signature: '7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe',
  },
  {
    id: 'V1',
    method: 'POST',
    host: IMS,
    target: TAGS,
    headers: { ...JSON_TYPE, ...PROJECT_HEADER },
    body: '{"tag":{"key":"key1","value":"value1"}}',
    canonicalHash: '87425b4ba98748ae3fd37fbd9035ae77039f6f548d2dde4855e798411df2de12',
    signature: '6e127f5570fcd57b35929ddf3088a27ec05a2aa3c605887686ed495b4a0f5302',
  },
  {
    id: 'V2',
    method: 'GET',
    host: SWR,
    target:
      '/v2/manage/namespaces/group/repos/team$app/tags?limit=100&offset=0&filter=order_column%3A%3Aupdated_at%7Corder_type%3A%3Adesc',
    headers: JSON_TYPE,
    canonicalHash: '2b72ff88fb0630ab6bb5d0ef494b8c60563c93c4e675dccbba9ce0753bddcf10',
    signature: '3536152dcbf67733fffd85e6afc87979eb9f5bd08036c250faaea3491b4f5738',
  },
  {
    id: 'V3',
    method: 'POST',
    host: SWR,
    target: '/v2/manage/namespaces/group/repos/busybox/tags',
    headers: { ...JSON_TYPE, ...PROJECT_HEADER, 'x-security-token': 'TOKENEXAMPLE+/=' },
    body: '{"source_tag":"v1","destination_tag":"v2","override":false}',
    canonicalHash: '3ee6e5eeddb4c080e4c01c555d6f114bbde613480e901745a8b7dc5253bf36bb',
    signature: 'c973f3d8ee0f4a6ab7834c45eb20f861568172f5587c40dd3a8accd064f0444d',
  },
  {
    id: 'V4',
    method: 'DELETE',
    host: IMS,
    target: `${TAGS}/%E7%8E%AF%E5%A2%83`,
    headers: { ...JSON_TYPE, ...PROJECT_HEADER },
    canonicalHash: '65be93da999bcdcc7fdf11f88b71cb914c9722ad2398488d3c0fb7ec4aa41e74',
    signature: 'c1ba20c457049ceea5a8caac4a3922c1a1fb9398de6b1243457ec74d993fca97',
  },
  {
    id: 'V4b',
    method: 'DELETE',
    host: IMS,
    target: `${TAGS}/a%20b`,
    headers: { ...JSON_TYPE, ...PROJECT_HEADER },
    canonicalHash: 'adf3d36e6a3b53f0e0743f764908f7e576095ba359e101085b1815db5dc94890',
    signature: 'c24c5b2adf930a39f81f0a9d130f15367863a70b86972828ef2265a7f12f5cd5',
  },
  {
    id: 'V5',
    method: 'GET',
    host: IMS,
    target: '/v2/cloudimages?limit=2&__imagetype=private&tag=%E7%8E%AF%E5%A2%83%3Dprod%20a&marker=',
    headers: { ...JSON_TYPE, ...PROJECT_HEADER },
    canonicalHash: 'e83573ddd5ba60c1f73ed8a4c092b4bb15e3f856ad61c105790a0a9f0096b156',
    signature: '5f38e0a8fbbd6f2a8aeb01a3c36391bce081b65b85527751fe0a7775a3fa0967',
  },
  {
    id: 'V6',
    method: 'GET',
    host: 'iam.myhuaweicloud.com',
    target: '/v3/projects?name=cn-north-4',
    headers: {},
    canonicalHash: '87ed722fd6d3204e4e487542f8683ac72201b893ec6cbd3ab35c8a6d24885f43',
    signature: 'df584f3452c8892499dbd40ffdc295e4cfde362a2066bf107c13241b347b774d',
  },
];

function toRequest(vector: Vector): SignedRequest {
  return {
    method: vector.method,
    rawTarget: vector.target,
    headers: {
      ...vector.headers,
      host: vector.host,
      'x-sdk-date': vector.date ?? '20250102T030405Z',
    },
    body: Buffer.from(vector.body ?? ''),
  };
}

function verify(request: SignedRequest, signature: string, secretKey = SECRET_KEY): boolean {
  const signedHeaders = Object.keys(request.headers).sort();
  return verifyHuaweiSignature(
    request,
    { accessKey: ACCESS_KEY, signedHeaders, signature },
    secretKey,
  );
}

function vector(id: string): Vector {
  const found = VECTORS.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`Cannot find vector "${id}"`);
  return found;
}

describe('verifyHuaweiSignature()', () => {
  test.each(VECTORS)('accepts vector $id and builds its canonical request', (sample) => {
    const request = toRequest(sample);
    const signedHeaders = Object.keys(request.headers).sort();

    expect(sha256(canonicalRequest(request, signedHeaders) ?? '')).toBe(sample.canonicalHash);
    expect(verify(request, sample.signature, sample.keys?.[1])).toBe(true);
  });

  test.each(VECTORS)('refuses vector $id with another method, body, host or key', (sample) => {
    const request = toRequest(sample);
    const key = sample.keys?.[1] ?? SECRET_KEY;

    expect(verify({ ...request, method: 'PUT' }, sample.signature, key)).toBe(false);
    expect(verify({ ...request, body: Buffer.from('{}') }, sample.signature, key)).toBe(false);
    const moved = { ...request, headers: { ...request.headers, host: 'evil.example' } };
    expect(verify(moved, sample.signature, key)).toBe(false);
    expect(verify(request, sample.signature, `${key}x`)).toBe(false);
  });

  test('refuses the doubly encoded signature of the Node SDK', () => {
    const signature = '1763d0e329bf152d4125955936c6ac4b3ef4ba9b0532de0b37e828f5c573cbe7';

    expect(verify(toRequest(vector('V4b')), signature)).toBe(false);
  });

  test('accepts a dollar sign sent as %24', () => {
    const sample = vector('V2');
    const request = { ...toRequest(sample), rawTarget: sample.target.replace('$', () => '%24') };

    expect(verify(request, sample.signature)).toBe(true);
  });

  test('sorts repeated values and keeps empty ones', () => {
    const request = { ...toRequest(vector('V6')), rawTarget: '/v3/projects?b=2&a=z&b=1&b&a=' };

    expect(canonicalRequest(request, ['host'])?.split('\n')[2]).toBe('a=&a=z&b=&b=1&b=2');
  });

  test('sorts names by code unit and takes a plus for a space', () => {
    const request = { ...toRequest(vector('V6')), rawTarget: '/v3/projects?b=x+y&B=1&_=2' };

    expect(canonicalRequest(request, ['host'])?.split('\n')[2]).toBe('B=1&_=2&b=x%20y');
  });

  test('takes the payload hash of X-Sdk-Content-Sha256 when it is sent', () => {
    const plain = toRequest(vector('V1'));
    const headers = { ...plain.headers, 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' };

    expect(canonicalRequest({ ...plain, headers }, ['host'])?.endsWith('UNSIGNED-PAYLOAD')).toBe(
      true,
    );
  });

  test('refuses a signature that leaves out X-Sdk-Date or names a header not sent', () => {
    const { signature } = vector('V6');
    const request = toRequest(vector('V6'));
    const accept = (signedHeaders: string[]): boolean =>
      verifyHuaweiSignature(
        request,
        { accessKey: ACCESS_KEY, signedHeaders, signature },
        SECRET_KEY,
      );

    expect(accept(['host'])).toBe(false);
    expect(accept(['host', 'x-missing', 'x-sdk-date'])).toBe(false);
  });
});

describe('parseHuaweiAuthorization()', () => {
  test('reads the header of V1', () => {
    const { signature } = vector('V1');
    const header = `SDK-HMAC-SHA256 Access=${ACCESS_KEY}, SignedHeaders=host;x-sdk-date, Signature=${signature}`;

    expect(parseHuaweiAuthorization(header)).toEqual({
      accessKey: ACCESS_KEY,
      signedHeaders: ['host', 'x-sdk-date'],
      signature,
    });
  });

  test.each(['', 'Basic x', 'V11-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=00'])(
    'refuses "%s"',
    (header) => {
      expect(parseHuaweiAuthorization(header)).toBeNull();
    },
  );
});
