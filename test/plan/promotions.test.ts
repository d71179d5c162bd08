import { describe, expect, test } from 'vitest';
import { planTarget } from '../../src/plan/plan.ts';
import { anImagePolicy, aRetain } from '../support/policies.ts';
import { anImageTag, applyInMemory, aTag, digestOf } from '../support/tags.ts';
import { brought, inputOf, messages, planThere, promoting, SOURCE } from './promotion-world.ts';

describe('planTarget() of a destination', () => {
  test('promotes what is chosen, with where it comes from', () => {
    const plan = planThere(
      { source: [anImageTag('1.0.0'), anImageTag('1.1.0'), anImageTag('main')] },
      promoting({ count: 1, referrers: true }),
    );

    expect(plan.verdict).toEqual({ safe: true });
    expect(plan.operations).toEqual([
      {
        type: 'promote',
        tag: '1.1.0',
        source: SOURCE,
        from: '1.1.0',
        value: digestOf('1.1.0'),
        replaces: null,
        referrers: true,
        policy: 'release',
        rule: 'promote[0]',
        mode: 'sync',
        because: 'promoted from "staging/shop/web": newest version matching *',
      },
    ]);
    expect(plan.findings).toEqual([]);
  });

  test('has nothing to do once the content is there', () => {
    const source = [anImageTag('1.0.0'), anImageTag('1.1.0')];
    const first = planThere({ source }, promoting({}));

    const again = planThere({ source, here: applyInMemory([], first.operations) }, promoting({}));

    expect(brought(first)).toEqual(['1.0.0 from 1.0.0', '1.1.0 from 1.1.0']);
    expect(again.operations).toEqual([]);
  });

  test.each([
    { count: 1, expected: ['2.0.0 from 2.0.0'] },
    { count: 2, expected: ['1.1.0 from 1.1.0', '2.0.0 from 2.0.0'] },
    { count: 9, expected: ['1.0.0 from 1.0.0', '1.1.0 from 1.1.0', '2.0.0 from 2.0.0'] },
  ])('promotes the $count best', ({ count, expected }) => {
    const source = ['1.0.0', '1.1.0', '2.0.0', '3.0.0-rc.1'].map((name) => anImageTag(name));

    expect(brought(planThere({ source }, promoting({ count })))).toEqual(expected);
  });

  test('promotes all that rank the same as the last of the best', () => {
    const source = [anImageTag('v1.0.0'), anImageTag('1.0.0'), anImageTag('0.9.0')];

    expect(brought(planThere({ source }, promoting({ count: 1 })))).toEqual([
      '1.0.0 from 1.0.0',
      'v1.0.0 from v1.0.0',
    ]);
  });

  test('gives the best of each rendered name that name', () => {
    const source = ['1.0.0', '1.0.1', '1.1.0'].map((name) => anImageTag(name));

    expect(brought(planThere({ source }, promoting({ tag: '{{ major }}.{{ minor }}' })))).toEqual([
      '1.0 from 1.0.1',
      '1.1 from 1.1.0',
    ]);
  });

  test('never deletes what is promoted, whatever retain says', () => {
    const world = {
      source: [anImageTag('1.0.0')],
      here: [anImageTag('1.0.0'), anImageTag('0.9.0')],
    };
    const cleaning = anImagePolicy({
      name: 'clean',
      targets: [{ account: 'prod', repositories: ['**'], exclude: [] }],
      retain: [aRetain({ pattern: '.*' })],
    });

    const plan = planThere(world, promoting({}), cleaning);

    expect(plan.operations.map(({ type, tag }) => `${type} ${tag}`)).toEqual(['delete 0.9.0']);
  });

  test('deletes nothing while a source cannot be read, and says so', () => {
    const cleaning = anImagePolicy({
      name: 'clean',
      targets: [{ account: 'prod', repositories: ['**'], exclude: [] }],
      retain: [aRetain({ pattern: '.*' })],
    });

    const plan = planThere({ source: null, here: [anImageTag('0.9.0')] }, promoting({}), cleaning);

    expect(plan.operations).toEqual([]);
    expect(plan.findings).toMatchObject([{ severity: 'error', rule: 'promote[0]' }]);
    expect(messages(plan)[0]).toBe(
      'Cannot promote from "staging/shop/web": its tags could not be read, so nothing is deleted here meanwhile',
    );
  });

  test('takes a source that nobody listed as one that cannot be read', () => {
    const input = inputOf({ source: null }, [promoting({})]);

    const { sources: _none, ...rest } = input;

    expect(planTarget(rest).findings).toMatchObject([{ severity: 'error' }]);
  });

  test.each([
    {
      what: 'a name with other content',
      rule: {},
      here: [anImageTag('1.0.0', 'other')],
      message:
        'Cannot promote "1.0.0" of "staging/shop/web" to "1.0.0": "1.0.0" has other content here and noClobber is true',
    },
    {
      what: 'a name of unknown content',
      rule: { noClobber: false },
      here: [aTag('1.0.0', null)],
      message:
        'Cannot promote "1.0.0" of "staging/shop/web" to "1.0.0": the digest of "1.0.0" here is not known',
    },
  ])('leaves $what alone', ({ rule, here, message }) => {
    const plan = planThere({ source: [anImageTag('1.0.0')], here }, promoting(rule));

    expect(plan.operations).toEqual([]);
    expect(messages(plan)).toEqual([message]);
  });

  test('leaves content of unknown digest where it is', () => {
    const plan = planThere({ source: [aTag('1.0.0', null)] }, promoting({}));

    expect(messages(plan)).toEqual([
      'Cannot promote "1.0.0" of "staging/shop/web" to "1.0.0": the digest there is not known',
    ]);
  });

  test('rebinds a name when noClobber is false', () => {
    const plan = planThere(
      { source: [anImageTag('1.0.0')], here: [anImageTag('1.0.0', 'old')] },
      promoting({ noClobber: false }),
    );

    expect(plan.operations).toMatchObject([{ type: 'promote', replaces: digestOf('old') }]);
  });
});
