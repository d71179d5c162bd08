import { TextError } from './text-error.ts';

const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
const SHAPE = /^(\d+)([smhd])$/;
const MAX_DAYS = 3_650;
const EXPECTED = 'a number followed by s, m, h or d, such as 90s, 15m, 36h or 30d';

function isUnit(letter: string | undefined): letter is keyof typeof UNITS_MS {
  return letter !== undefined && Object.hasOwn(UNITS_MS, letter);
}

/** `90s`, `15m`, `36h` or `30d` in milliseconds; throws TextError. */
export function parseDuration(text: string): number {
  const [, digits = '', unit = ''] = SHAPE.exec(text) ?? [];
  if (!isUnit(unit)) {
    const problem = 'it is not a duration';
    throw new TextError({ kind: 'duration', text, offset: 0, problem, expected: EXPECTED });
  }
  const ms = Number(digits) * UNITS_MS[unit];
  if (ms <= MAX_DAYS * UNITS_MS.d) return ms;
  const expected = `at most ${MAX_DAYS}d`;
  throw new TextError({ kind: 'duration', text, offset: 0, problem: 'it is too long', expected });
}

/** The shortest text parseDuration() reads back: the largest unit that divides; parts of a second round up. */
export function renderDuration(ms: number): string {
  const seconds = Math.ceil(ms / UNITS_MS.s);
  const wholeMs = seconds * UNITS_MS.s;
  const [unit] =
    Object.entries(UNITS_MS).find(([, sizeMs]) => seconds > 0 && wholeMs % sizeMs === 0) ?? [];
  return isUnit(unit) ? `${wholeMs / UNITS_MS[unit]}${unit}` : '0s';
}
