import { describe, expect, test } from 'vitest';
import { EXIT, EXIT_CODE_OF_ERROR } from '../../src/cli/exit-code.ts';
import { ERRORS } from '../../src/model/errors.ts';

describe('EXIT_CODE_OF_ERROR', () => {
  test('EXIT_CODE_OF_ERROR has a code for every error, and none means success or changes', () => {
    expect(Object.keys(EXIT_CODE_OF_ERROR).sort()).toEqual(Object.keys(ERRORS).sort());
    expect(Object.values(EXIT_CODE_OF_ERROR)).not.toContain(EXIT.ok);
    expect(Object.values(EXIT_CODE_OF_ERROR)).not.toContain(EXIT.changesPresent);
  });

  test.each([
    { code: 'PLAN_UNSAFE', exit: 3 },
    { code: 'GATE_REFUSED', exit: 3 },
    { code: 'PLAN_STALE', exit: 5 },
    { code: 'CANCELLED', exit: 130 },
    { code: 'CONFIG_INVALID', exit: 1 },
  ] as const)(
    'EXIT_CODE_OF_ERROR says $exit for $code, as the documentation does',
    ({ code, exit }) => {
      expect(EXIT_CODE_OF_ERROR[code]).toBe(exit);
    },
  );
});
