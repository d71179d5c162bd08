import { describe, expect, test } from 'vitest';
import { createFilter, type Filter } from '../../src/notify/wants.ts';
import { aNotice, aReceiver, MOVE } from './bench.ts';

const NOTICE = aNotice({
  policies: ['shop', 'other'],
  changes: [MOVE, { ...MOVE, tag: 'latest', policy: 'other' }],
});

describe('createFilter()', () => {
  test.each<[string, Partial<Filter>, readonly string[] | null]>([
    ['everything', {}, ['stable', 'latest']],
    ['its events', { events: ['changed'] }, ['stable', 'latest']],
    ['other events', { events: ['failed'] }, null],
    ['its account', { accounts: ['swr-north'] }, ['stable', 'latest']],
    ['another account', { accounts: ['swr-south'] }, null],
    ['its target', { targets: ['*/shop/*'] }, ['stable', 'latest']],
    ['another target', { targets: ['*/other/*'] }, null],
    ['one of its policies', { policies: ['other'] }, ['latest']],
    ['another policy', { policies: ['none'] }, null],
  ])('createFilter() passes on to one who asks for %s', (_name, filter, tags) => {
    const wanted = createFilter(aReceiver(filter))(NOTICE);

    expect(wanted?.changes.map(({ tag }) => tag) ?? null).toEqual(tags);
  });

  test('createFilter() passes on a failure of no policy to whoever asks for none', () => {
    const notice = aNotice({ type: 'failed', changes: [], policies: [] });

    expect(createFilter(aReceiver())(notice)).toEqual(notice);
    expect(createFilter(aReceiver({ policies: ['shop'] }))(notice)).toBe(null);
  });
});
