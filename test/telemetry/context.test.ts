import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { contextFields, correlationId, withContext } from '../../src/telemetry/context.ts';

describe('withContext()', () => {
  test('withContext() joins the fields of the work around it, and keeps works side by side apart', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map(
        async (target) =>
          await withContext({ target, attempt: 1 }, async () => {
            await sleep(5);
            return await withContext({ attempt: 2 }, async () => {
              await sleep(5);
              return contextFields();
            });
          }),
      ),
    );

    expect(seen).toEqual([
      { target: 'a', attempt: 2 },
      { target: 'b', attempt: 2 },
    ]);
    expect(contextFields()).toEqual({});
  });
});

describe('correlationId()', () => {
  test.each([
    { id: 'cli:3f2a', sent: 'cli:3f2a' },
    { id: 'a\r\nX-Evil: 1', sent: 'a__X-Evil:_1' },
    { id: 'é'.repeat(200), sent: '_'.repeat(128) },
    { id: '', sent: null },
    { id: 7, sent: null },
  ])('correlationId() gives $sent for $id, fit for a header', ({ id, sent }) => {
    expect(withContext({ correlation_id: id }, correlationId)).toBe(sent);
  });
});
