import { describe, expect, test } from 'vitest';
import { describeError } from '../../src/cli/describe-error.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { parsePolicies } from '../../src/policy/parse.ts';

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('describeError()', () => {
  test.each([
    { text: 'a: [', count: '1 error' },
    { text: 'a: [\n---\nb: [', count: '2 errors' },
  ])('describeError() shows every issue with its place and counts $count', ({ text, count }) => {
    const error = thrownBy(() => parsePolicies([{ path: 'bad.yaml', text }]));

    const shown = describeError(error);

    expect(shown).toMatch(/^bad\.yaml:\d+:\d+: error\[/);
    expect(shown.endsWith(`\n${count}; nothing was contacted.\n`)).toBe(true);
  });

  test('describeError() shows code and message of a known error, without a stack or its cause', () => {
    const cause = new Error('body with a token');

    expect(describeError(new ReconcileError('PROVIDER_AUTH', 'Cannot sign in', { cause }))).toBe(
      'error[PROVIDER_AUTH] Cannot sign in\n',
    );
  });

  test('describeError() lets no terminal obey what a cloud or a server said', () => {
    const error = new ReconcileError('PROVIDER_REJECTED', 'Cannot ask: \u001b[2Jno\nat all');

    expect(describeError(error)).toBe(
      'error[PROVIDER_REJECTED] Cannot ask: \\u001b[2Jno\nat all\n',
    );
  });

  test('describeError() shows the stack of a defect and asks for a report', () => {
    const shown = describeError(new TypeError('x of null'));

    expect(shown).toMatch(/^error\[INTERNAL\] TypeError: x of null\n +at /);
    expect(shown).toContain('please report it');
  });

  test('describeError() falls back to the message, and takes what is no Error', () => {
    const bare = new Error('bare');
    delete bare.stack;

    expect(describeError(bare)).toMatch(/^error\[INTERNAL\] bare\n/);
    expect(describeError('text')).toBe('error[INTERNAL] text\n');
  });
});
