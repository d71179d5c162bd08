import { describe, expect, test } from 'vitest';
import { parseBody, refuse, saysTagMissing } from '../../../src/providers/huawei-swr/call.ts';
import { TagRows } from '../../../src/providers/huawei-swr/schema.ts';

const source = { account: 'swr', operation: 'ListRepositoryTags', subject: 'swr/shop/web' };
const anAnswer = (status: number, text: string) => ({ status, text, headers: {}, attempts: 1 });

describe('parseBody()', () => {
  test('parseBody() throws LISTING_INCOMPLETE for a row without a digest, naming the field only', () => {
    const answer = anAnswer(200, '[{"Tag":"private-name"}]');

    const parse = () => parseBody(TagRows, answer, source);

    expect(parse).toThrow(expect.objectContaining({ code: 'LISTING_INCOMPLETE' }));
    expect(parse).toThrow('field "0.digest"');
    expect(parse).not.toThrow('private-name');
  });

  test.each(['[{"Tag":"v1"]', '', '[]]'])(
    'parseBody() throws PROVIDER_UNAVAILABLE for the body %j',
    (text) => {
      expect(() => parseBody(TagRows, anAnswer(200, text), source)).toThrow(
        expect.objectContaining({ code: 'PROVIDER_UNAVAILABLE' }),
      );
    },
  );
});

describe('saysTagMissing()', () => {
  test.each([
    ['[{"errorCode":"SVCSTG.SWR.4041056","errorMessage":"x","detail":""}]', true],
    ['{"errors":[{"errorCode":"SVCSTG.SWR.4040048"}],"error_code":"SVCSTG.SWR.4040048"}', true],
    ['{"errors":[{"errorCode":"SVCSTG.SWR.4040115"}]}', true],
    ['{"error_code":"SVCSTG.SWR.4041060","error_msg":"x"}', true],
    ['{"errors":[{"code":"SVCSTG.SWR.4041057","message":"x"}]}', true],
    ['{"error_code":"SVCSTG.SWR.4040010"}', false],
    ['{"error_code":"SVCSTG.SWR.4041061"}', false],
    ['{"error_code":"APIGW.0101"}', false],
    ['not found', false],
  ])('saysTagMissing() reads %s as %s', (text, expected) => {
    expect(saysTagMissing(anAnswer(404, text))).toBe(expected);
  });
});

describe('refuse()', () => {
  test('refuse() has an error even for a call that was settled without an answer', () => {
    expect(refuse(source, null)).toMatchObject({ code: 'INTERNAL' });
  });
});
