import { describe, expect, test } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgress } from '../../src/cli/progress.ts';
import { readEnvironment } from '../../src/config/environment.ts';

function contextWith(isTTY: boolean, env: Readonly<Record<string, string>> = {}) {
  const written: string[] = [];
  const context: CliContext = {
    stdout: { write: () => expect.unreachable('stdout is for the result'), isTTY },
    stderr: { write: (text) => written.push(text), isTTY },
    environment: readEnvironment(env),
    interruption: { signal: new AbortController().signal, by: () => null },
    onFault: () => undefined,
    scrub: (text) => text,
    openApp: () => expect.unreachable(),
    openConsole: () => expect.unreachable(),
    openRemote: () => expect.unreachable(),
    validate: () => expect.unreachable(),
    checkSet: () => expect.unreachable(),
    loadCapabilities: () => expect.unreachable(),
  };
  return { context, written };
}

describe('createProgress()', () => {
  test('createProgress() counts on a terminal, and leaves cursor and line as they were', () => {
    const { context, written } = contextWith(true);

    const progress = createProgress(context, 'planning');
    for (let count = 0; count < 3; count += 1) progress.visited();
    progress.stop();
    progress.stop();

    const shown = written.join('');
    expect(shown).toContain('planning 0 targets');
    expect(shown).toMatch(/planning 3 targets \| \S+ \| \d+\/s/);
    expect(shown.lastIndexOf('\u001B[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001B[?25l'));
    expect(shown.lastIndexOf('planning')).toBeLessThan(shown.lastIndexOf('\u001B['));
  });

  test('createProgress() leaves no timer and no signal handler behind', () => {
    const { context, written } = contextWith(true);
    const handlers = process.listenerCount('SIGINT');

    const progress = createProgress(context, 'planning');
    progress.stop();
    const before = written.length;
    progress.visited();

    expect(process.listenerCount('SIGINT')).toBe(handlers);
    expect(written).toHaveLength(before);
  });

  test.each([
    { where: 'a pipe', isTTY: false, env: {} },
    { where: 'a dumb terminal', isTTY: true, env: { TERM: 'dumb' } },
    { where: 'a terminal without color', isTTY: true, env: { NO_COLOR: '1' } },
  ])('createProgress() writes nothing to $where', ({ isTTY, env }) => {
    const { context, written } = contextWith(isTTY, env);

    const progress = createProgress(context, 'planning');
    progress.visited();
    progress.stop();

    expect(written).toEqual([]);
  });
});
