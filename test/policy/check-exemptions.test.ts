import { describe, expect, test } from 'vitest';
import { checkExemptions } from '../../src/policy/check-exemptions.ts';
import { imageYaml, resourceYaml, setOf } from './policies.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const COPY = 'copies: [{ from: a, to: b }]';

function exemption(target: string, until = '2026-12-31'): string {
  return `exemptions: [{ target: "${target}", until: ${until}, reason: r }]`;
}

function codesOf(now: Date | null, ...documents: readonly string[]): readonly string[] {
  return checkExemptions(setOf(...documents).policies, now).map(
    ({ policy, complaint: { rule, problem } }) => `${policy.name} ${rule} ${problem.code}`,
  );
}

describe('checkExemptions()', () => {
  test.each([
    ['swr-north/shop/web', []],
    ['swr-north/**', []],
    ['**', []],
    ['hub/**', ['shop exemptions[0] dead-exemption']],
    ['*', ['shop exemptions[0] dead-exemption']],
  ])('checkExemptions() of %s in a policy for every repository is %j', (target, complaints) => {
    expect(codesOf(NOW, imageYaml(`${COPY}\n  ${exemption(target)}`))).toEqual(complaints);
  });

  test.each([
    ['{ name: "golden-*" }', 'ims-north/any-id', []],
    ['{ ids: [id-1] }', 'ims-north/id-1', []],
    ['{ ids: [id-1] }', 'ims-north/id-2', ['labels exemptions[0] dead-exemption']],
  ])('checkExemptions() of images %s and %s is %j', (images, target, complaints) => {
    const targets = `targets: [{ account: ims-north, images: ${images} }]`;

    expect(codesOf(NOW, resourceYaml(`${targets}\n  ${exemption(target)}`))).toEqual(complaints);
  });

  test.each([
    ['2026-06-01', ['shop exemptions[0] expired-exemption']],
    ['2026-06-02', []],
  ])('checkExemptions() of one until %s, asked on June 1, is %j', (until, complaints) => {
    const text = imageYaml(`${COPY}\n  ${exemption('**', until)}`);

    expect(codesOf(NOW, text)).toEqual(complaints);
    expect(codesOf(null, text)).toEqual([]);
  });

  test('checkExemptions() takes one of PolicyDefaults for one, alive while any policy has use for it', () => {
    const defaults = (target: string): string =>
      `apiVersion: tagwarden/v1\nkind: PolicyDefaults\nmetadata: { name: all }\nspec: { ${exemption(target)} }\n`;
    const policies = [imageYaml(COPY, 'a'), resourceYaml('', 'b')];

    expect(codesOf(NOW, defaults('ims-north/x'), ...policies)).toEqual([]);
    expect(codesOf(NOW, defaults('hub/x'), ...policies)).toEqual([
      'a exemptions[0] dead-exemption',
    ]);
  });
});
