import { expect, test } from 'vitest';
import { createErrorLog } from '../../src/queue/log.ts';
import { keepingLog } from './support.ts';

test('createErrorLog() logs the same error once in 10 s, whoever has it', () => {
  const log = keepingLog();
  let atMs = 0;
  const { onError } = createErrorLog(log, () => atMs);

  onError('a', new Error('ECONNREFUSED'));
  onError('b', new Error('ECONNREFUSED'));
  onError('a', new Error('ECONNRESET'));
  atMs = 10_000;
  onError('b', new Error('ECONNREFUSED'));

  expect(log.lines.map(({ fields }) => [fields['queue'], fields['error']])).toEqual([
    ['a', 'ECONNREFUSED'],
    ['a', 'ECONNRESET'],
    ['b', 'ECONNREFUSED'],
  ]);
});

test('createErrorLog() logs nothing once the connection is closed on purpose', () => {
  const log = keepingLog();
  const { onError, end } = createErrorLog(log);

  onError('a', new Error('ECONNREFUSED'));
  end();
  onError('a', new Error('Connection is closed.'));

  expect(log.lines.map(({ fields }) => fields['error'])).toEqual(['ECONNREFUSED']);
});
