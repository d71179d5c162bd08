import { type FreezeWindow, WEEKDAYS } from '../config/schema-pause.ts';

const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** True from the window's first minute up to its last, also across midnight and a change of clocks. */
export function isFrozen(window: FreezeWindow, now: Date): boolean {
  const today = Math.floor(localMs(window.timeZone, now.getTime()) / DAY_MS) * DAY_MS;
  // A window that began yesterday may end today.
  return [today - DAY_MS, today].some((day) => {
    if (!beginsOn(window, day)) return false;
    const { from, to } = spanOf(window, day);
    return from <= now.getTime() && now.getTime() < to;
  });
}

function beginsOn({ days }: FreezeWindow, day: number): boolean {
  // The first day of the epoch was a Thursday.
  const weekday = WEEKDAYS[(day / DAY_MS + 3) % 7];
  return weekday !== undefined && days.includes(weekday);
}

/** Where clocks show a time twice or never, the window takes the longer of its two readings. */
function spanOf({ from, to, timeZone }: FreezeWindow, day: number): { from: number; to: number } {
  const begin = day + minutesOf(from) * 60_000;
  const end = day + minutesOf(to) * 60_000;
  const last = end > begin ? end : end + DAY_MS;
  return {
    from: Math.min(...instantsOf(timeZone, begin)),
    to: Math.max(...instantsOf(timeZone, last)),
  };
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The moments at which the zone's clocks show a local time: one, two in a repeated hour; both guesses in a skipped one. */
function instantsOf(timeZone: string, local: number): readonly number[] {
  const guesses = [local - DAY_MS, local + DAY_MS].map(
    (near) => local - (localMs(timeZone, near) - near),
  );
  const shown = guesses.filter((instant) => localMs(timeZone, instant) === local);
  return shown.length > 0 ? shown : guesses;
}

/** What the zone's clocks show at a moment, as if it were UTC. */
function localMs(timeZone: string, instant: number): number {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (instant % 1_000);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = 'numeric';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(timeZone, format);
  return format;
}
