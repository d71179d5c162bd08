import { describe, expect, test } from 'vitest';
import { judgeServer } from '../../src/queue/postgres-check.ts';
import { keepingLog } from './support.ts';

const PRIMARY = { version: 150_018, replica: false, fsync: true };

describe('judgeServer()', () => {
  test.each([
    { facts: { version: 130_022 }, says: 'it is PostgreSQL 13, expected 14 or newer' },
    { facts: { replica: true }, says: 'it is a read-only replica, expected the primary server' },
  ])('refuses a server of which $says', ({ facts, says }) => {
    const judge = () => judgeServer({ ...PRIMARY, ...facts }, 'postgres://db/x', keepingLog());

    expect(judge).toThrow(
      expect.objectContaining({
        code: 'QUEUE_UNSAFE',
        message: `Cannot use queue "postgres://db/x": ${says}`,
      }),
    );
  });

  test('takes a server that keeps what it was given, and warns of one that may not', () => {
    const log = keepingLog();

    judgeServer({ ...PRIMARY, version: 140_000 }, 'postgres://db/x', log);
    const quiet = log.lines.length;
    judgeServer({ ...PRIMARY, fsync: false }, 'postgres://db/x', log);

    expect(quiet).toBe(0);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        fields: { queue: 'postgres://db/x', remedy: 'fsync = on' },
        message: expect.stringContaining('power cut'),
      },
    ]);
  });
});
