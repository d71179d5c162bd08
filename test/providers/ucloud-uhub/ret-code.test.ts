import { describe, expect, test } from 'vitest';
import { classifyRetCode, readRetCode } from '../../../src/providers/ucloud-uhub/ret-code.ts';

describe('classifyRetCode()', () => {
  test.each([
    [0, 'ok'],
    [110, 'fault'],
    [130, 'fault'],
    [150, 'fault'],
    [153, 'throttled'],
    [160, 'refused'],
    [161, 'refused'],
    [170, 'rejected'],
    [171, 'rejected'],
    [172, 'rejected'],
    [174, 'rejected'],
    [220, 'refused'],
    [230, 'refused'],
    [240, 'refused'],
    [291, 'refused'],
    [292, 'forbidden'],
    [293, 'forbidden'],
    [294, 'forbidden'],
    [295, 'forbidden'],
    [299, 'forbidden'],
    [300, 'refused'],
    [1_999, 'refused'],
    [2_000, 'product'],
    [60_404, 'product'],
    [-1, 'refused'],
  ])('classifyRetCode() takes %i as %s', (retCode, expected) => {
    expect(classifyRetCode(retCode)).toBe(expected);
  });
});

describe('readRetCode()', () => {
  test.each([
    ['{"RetCode":0}', 0],
    ['{"RetCode":"171"}', 171],
    ['{"RetCode":"-1"}', -1],
    ['{"RetCode":"ok"}', null],
    ['{"RetCode":null}', null],
    ['{"RetCode":1.5}', null],
    ['{"Action":"GetRepoResponse"}', null],
    ['[]', null],
    ['{"RetCode":0', null],
    ['<html></html>', null],
    ['', null],
  ])('readRetCode() reads %s as %s', (text, expected) => {
    expect(readRetCode(text)).toBe(expected);
  });
});
