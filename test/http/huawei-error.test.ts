import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeAnswer, parseApiError, refusedAnswer } from '../../src/http/huawei-error.ts';

describe('parseApiError()', () => {
  test.each([
    ['wrapped', '{"error":{"message":"m","code":"IMG.0024"}}', 'IMG.0024', 'm'],
    ['flat', '{"error_code":"IMG.0116","error_msg":"m"}', 'IMG.0116', 'm'],
    ['gateway', '{"error_msg":"m","error_code":"APIGW.0301","request_id":"r"}', 'APIGW.0301', 'm'],
    ['SWR A', '[{"errorCode":"SVCSTG.SWR.4001048","errorMessage":"m"}]', 'SVCSTG.SWR.4001048', 'm'],
    [
      'SWR B',
      '{"errors":[{"errorCode":"X","errorMessage":"n"}],"error_code":"SVCSTG.SWR.1","error_msg":"m"}',
      'SVCSTG.SWR.1',
      'm',
    ],
    ['SWR B without the new fields', '{"errors":[{"errorCode":"X","errorMessage":"n"}]}', 'X', 'n'],
    ['SWR D', '{"errors":[{"code":"DENIED","message":"m"}]}', 'DENIED', 'm'],
    ['IAM', '{"error":{"code":401,"message":"m","title":"Unauthorized"}}', '401', 'm'],
    [
      'XML elements',
      '<?xml version="1.0"?><e><code>403</code><message> m </message></e>',
      '403',
      'm',
    ],
    ['XML attribute', '<forbidden code="403"><x/></forbidden>', '403', null],
  ])('reads the %s shape', (_shape, text, code, message) => {
    expect(parseApiError(text)).toEqual({ code, message });
  });

  test.each([
    '',
    'oops',
    '{}',
    '[]',
    'null',
    '{"error":"text"}',
    '{"errors":{}}',
    '<html></html>',
    '{"error_code":""}',
  ])('finds nothing in %s', (text) => {
    expect(parseApiError(text)).toBeNull();
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseApiError(text)).not.toThrow();
      }),
    );
  });
});

describe('describeAnswer()', () => {
  test('tells status, code and request id', () => {
    const text = '{"error_code":"APIGW.0308","error_msg":"secret body"}';

    expect(describeAnswer({ status: 429, headers: { 'x-request-id': 'r-1' }, text })).toBe(
      'status 429 APIGW.0308 request r-1',
    );
  });

  test('leaves out a code or id that is not a plain token', () => {
    const text = '{"error_code":"drop\\ntable"}';

    expect(describeAnswer({ status: 400, headers: { 'x-request-id': 'a b' }, text })).toBe(
      'status 400',
    );
  });
});

describe('refusedAnswer()', () => {
  test.each([
    [400, 'PROVIDER_REJECTED'],
    [401, 'PROVIDER_AUTH'],
    [403, 'PROVIDER_FORBIDDEN'],
    [404, 'PROVIDER_NOT_FOUND'],
    [409, 'PROVIDER_CONFLICT'],
    [412, 'PROVIDER_CONFLICT'],
    [302, 'PROVIDER_REJECTED'],
  ])('takes status %i as %s', (status, code) => {
    const source = { account: 'north', operation: 'ListImageTags', subject: 'north/i' };

    const error = refusedAnswer(source, { status, headers: {}, text: 'private text', attempts: 1 });

    expect(error.code).toBe(code);
    expect(error.message).toBe(
      `Cannot call ListImageTags for "north/i" with account "north": the provider answered status ${status}, success was wanted`,
    );
  });
});
