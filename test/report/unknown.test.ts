import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { unknownReport } from '../../src/report/unknown.ts';

const TARGET = { account: 'swr', path: 'shop/web' };
const head = { target: TARGET, name: null, provider: 'huawei-swr' };

describe('unknownReport()', () => {
  test('unknownReport() passes on what is known of a failure', () => {
    const error = new ReconcileError('PROVIDER_THROTTLED', 'Cannot list', { retryAfterMs: 300 });

    expect(unknownReport({ ...head, name: 'web' }, error)).toEqual({
      status: 'unknown',
      target: TARGET,
      name: 'web',
      provider: 'huawei-swr',
      code: 'PROVIDER_THROTTLED',
      error: 'Cannot list',
      retriable: true,
      retryAfterMs: 300,
    });
  });

  test.each([
    {
      what: 'at one target',
      path: 'shop/web',
      thrown: new TypeError('x is not a function'),
      error: 'Cannot reconcile "swr/shop/web": x is not a function, which is a defect',
    },
    {
      what: 'at all of an account',
      path: '*',
      thrown: 'text',
      error: 'Cannot list the targets of "swr": text, which is a defect',
    },
  ])('unknownReport() calls a failure that is none of ours a defect, $what', (row) => {
    const target = { account: 'swr', path: row.path };

    expect(unknownReport({ ...head, target }, row.thrown)).toMatchObject({
      code: 'INTERNAL',
      error: row.error,
      retriable: false,
      retryAfterMs: null,
    });
  });

  test('unknownReport() cuts a text that nobody has worded', () => {
    const { error } = unknownReport(head, new SyntaxError('<html>'.repeat(100)));

    expect(error.length).toBeLessThan(260);
  });
});
