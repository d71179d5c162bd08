import type { Pause, PauseScope } from '../model/pause.ts';
import type { JsonObject } from './json.ts';
import { escapeControls } from './words.ts';

/** What a pause holds, in words. */
export function describeScope(scope: PauseScope): string {
  switch (scope.type) {
    case 'all':
      return 'everything';
    case 'policy':
      return `policy ${scope.policy}`;
    case 'targets':
      return `targets ${scope.glob}`;
    case 'deletes':
      return 'all deletes';
  }
}

/** One line a pause, the oldest first. */
export function renderPauses(pauses: readonly Pause[]): string[] {
  return byAge(pauses).map(
    ({ scope, by, since, reason }) =>
      `paused: ${escapeControls(describeScope(scope))}, by ${by} since ${timeText(since)}: ${escapeControls(reason)}`,
  );
}

/** The same for machines. */
export function pausesJson(pauses: readonly Pause[]): JsonObject[] {
  return byAge(pauses).map(({ scope, reason, by, since }) => ({
    scope: { ...scope },
    reason,
    by,
    since: since.toISOString(),
  }));
}

/** UTC, to the second: `2026-08-01T00:00:00Z`. */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function byAge(pauses: readonly Pause[]): Pause[] {
  return pauses.toSorted((left, right) => left.since.getTime() - right.since.getTime());
}
