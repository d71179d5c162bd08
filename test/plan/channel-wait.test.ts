import { describe, expect, test } from 'vitest';
import type { ImageTagPolicy } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { type Explanation, explainTarget } from '../../src/plan/explain.ts';
import { aChannel, anImagePolicy, IMAGE_CAPABILITIES, planInput } from '../support/policies.ts';
import { aListing, anImageTag, aTag, digestOf, hoursAgo, REPOSITORY } from '../support/tags.ts';

function explainAll(tags: readonly ListedTag[], policy: ImageTagPolicy): readonly Explanation[] {
  const listing = aListing(REPOSITORY, tags);
  const capabilities = IMAGE_CAPABILITIES;
  return explainTarget(
    planInput({ target: REPOSITORY, policies: [policy], listing, capabilities }),
    null,
  );
}

const releases = ['1.0.0', '1.1.0'].map((name) => anImageTag(name));
const tags = [...releases, anImageTag('stable', '1.0.0')];

describe('waitingHolds()', () => {
  test.each([
    [hoursAgo(1), 'which it is from 2026-06-02T23:00:00.000Z on'],
    [null, 'and no credible time is stated for it'],
    [hoursAgo(-1), 'and no credible time is stated for it'],
  ])('tells of a channel and of a younger candidate what minAge waits for: %s', (at, due) => {
    const young = aTag('1.2.0', digestOf('1.2.0'), { createdAt: at, updatedAt: at });
    const patient = anImagePolicy({ channels: [aChannel({ minAgeMs: 172_800_000 })] });
    const why = `waits for its age: "stable" takes "1.2.0" when that is at least 2d old, ${due}`;

    const told = explainAll([...tags, young], patient);

    const waiting = told.filter(({ evidence }) => evidence.includes(why));
    expect(waiting.map(({ tag }) => tag)).toEqual(['1.2.0', 'stable']);
    expect(told.filter(({ evidence }) => evidence.some((one) => one.startsWith('waits')))).toEqual(
      waiting,
    );
  });

  test('says nothing when age keeps nothing back', () => {
    const patient = anImagePolicy({ channels: [aChannel({ minAgeMs: 172_800_000 })] });

    const told = explainAll(tags, patient);

    expect(told.flatMap(({ evidence }) => evidence).join()).not.toContain('waits for its age');
  });
});

describe('channelMove()', () => {
  test('tells why a channel stays on what is newer', () => {
    const select = { by: 'semver', range: '<1.1.0', prerelease: false } as const;
    const older = anImagePolicy({ channels: [aChannel({ select })] });

    expect(
      explainAll([...releases, anImageTag('stable', '1.1.0')], older).find(
        ({ tag }) => tag === 'stable',
      ),
    ).toMatchObject({
      planned: digestOf('1.1.0'),
      decision: {
        rule: 'channels[0]',
        because: 'stays: it is on "1.1.0", newer than "1.0.0", and allowDowngrade is false',
      },
    });
  });
});
