import { describe, expect, test } from 'vitest';
import type { LogLevel } from '../../src/model/log-level.ts';
import { Secret } from '../../src/model/secret.ts';
import { createLog, type Log } from '../../src/telemetry/log.ts';
import { createScrubber } from '../../src/telemetry/scrub.ts';

function capture(level: LogLevel): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const fields = { version: '1.2.3', role: 'worker' };
  return { log: createLog({ level, fields, scrubber: createScrubber(), write }), lines };
}

describe('createLog()', () => {
  test('createLog() writes one JSON line with the constant fields, the time and the facts', () => {
    const { log, lines } = capture('info');

    log.info({ target: 'a/b' }, 'operation');

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    const line: unknown = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      service: 'tagwarden',
      version: '1.2.3',
      role: 'worker',
      target: 'a/b',
      msg: 'operation',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test.each([
    { level: 'trace', written: ['debug', 'info', 'warn', 'error'] },
    { level: 'debug', written: ['debug', 'info', 'warn', 'error'] },
    { level: 'info', written: ['info', 'warn', 'error'] },
    { level: 'warn', written: ['warn', 'error'] },
    { level: 'error', written: ['error'] },
    { level: 'silent', written: [] },
  ] as const)('createLog() at level $level writes $written', ({ level, written }) => {
    const { log, lines } = capture(level);

    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]({ name }, 'told');

    expect(lines.map((line) => /"name":"(\w+)"/.exec(line)?.[1])).toEqual(written);
  });

  test('child() adds its fields to every line and leaves the parent alone', () => {
    const { log, lines } = capture('info');

    log.child({ account: 'hub' }).child({ job: 7 }).info({}, 'inner');
    log.info({}, 'outer');

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ account: 'hub', job: 7 });
    expect(JSON.parse(lines[1] ?? '')).not.toHaveProperty('account');
  });

  test('createLog() shows a Secret as a placeholder even when nobody registered it', () => {
    const { log, lines } = capture('info');

    log.info({ key: new Secret('never-shown') }, 'told');

    expect(lines[0]).toContain('"key":"[secret]"');
  });
});
