import { describe, expect, test } from 'vitest';
import { PauseDocument, toPause, WEEKDAYS } from '../../src/config/schema-pause.ts';

function read(document: unknown): ReturnType<typeof toPause> {
  return toPause(PauseDocument.parse(document));
}

/** What is wrong, as `path: message`. */
function refusals(document: unknown): string[] {
  const { error } = PauseDocument.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('toPause()', () => {
  test.each([
    { document: { all: true }, scope: { type: 'all' } },
    { document: { policy: 'web' }, scope: { type: 'policy', policy: 'web' } },
    { document: { targets: 'swr-*/**' }, scope: { type: 'targets', glob: 'swr-*/**' } },
    { document: { deletes: true }, scope: { type: 'deletes' } },
  ])('toPause() reads $document', ({ document, scope }) => {
    expect(read({ ...document, reason: 'audit' })).toEqual({
      scope,
      reason: 'audit',
      window: null,
    });
  });

  test('toPause() takes a window for every day in UTC unless it says otherwise', () => {
    const { window } = read({ all: true, window: { from: '22:00', to: '06:00' } });

    expect(window).toEqual({ days: WEEKDAYS, from: '22:00', to: '06:00', timeZone: 'UTC' });
  });
});

describe('PauseDocument', () => {
  test.each([
    { document: {}, wrong: [': the pause holds nothing'] },
    {
      document: { policy: 'web', deletes: true },
      wrong: [': the pause holds policy and deletes'],
    },
    { document: { all: false }, wrong: ['all: Invalid input: expected true'] },
    { document: { targets: '{' }, wrong: ['targets: it is not a glob'] },
    { document: { all: true, policies: 'x' }, wrong: [': Unrecognized key: "policies"'] },
    {
      document: { all: true, window: { from: '9:00', to: '25:00' } },
      wrong: ['window.from', 'window.to'].map(
        (path) => `${path}: must be a time of day such as 08:00 or 24:00`,
      ),
    },
    {
      document: { all: true, window: { from: '09:00', to: '09:00' } },
      wrong: ['window: the window begins when it ends'],
    },
    {
      // Would hold nothing, ever.
      document: { all: true, window: { from: '24:00', to: '00:00' } },
      wrong: ['window: the window begins when it ends'],
    },
    {
      document: { all: true, window: { from: '09:00', to: '10:00', timeZone: 'Mars/Base' } },
      wrong: ['window.timeZone: it is not a time zone'],
    },
    {
      document: { all: true, window: { days: [], from: '09:00', to: '10:00' } },
      wrong: ['window.days: Too small: expected array to have >=1 items'],
    },
  ])('PauseDocument refuses $document', ({ document, wrong }) => {
    expect(refusals(document)).toEqual(wrong);
  });
});
