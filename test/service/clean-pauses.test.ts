import { expect, test } from 'vitest';
import type { Pause } from '../../src/model/pause.ts';
import { cleaningPauses } from '../../src/service/clean-pauses.ts';

test('cleaningPauses() keeps no secret that somebody typed as a reason, and the scope word for word', async () => {
  const kept: Pause[] = [];
  const store = {
    pauses: async () => kept,
    pause: async (pause: Pause) => void kept.push(pause),
  };
  const scope = { type: 'targets', glob: 'swr/hunter22' } as const;
  const since = new Date('2026-06-01T12:00:00Z');

  const clean = cleaningPauses(store, (text) => text.replaceAll('hunter22', '[secret]'));
  await clean.pause({ scope, reason: 'rotating hunter22', by: 'cli', since });

  expect(await clean.pauses()).toEqual([{ scope, reason: 'rotating [secret]', by: 'cli', since }]);
});
