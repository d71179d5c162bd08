import { describe, expect, test } from 'vitest';
import { groupsOf } from '../../src/apply/groups.ts';
import type { Operation, OperationType } from '../../src/model/plan.ts';
import type { Batch } from '../../src/providers/provider.ts';
import { aDelete, anAdd } from '../support/provider-bench.ts';

const batch: Batch = {
  types: new Set<OperationType>(['add', 'delete']),
  limit: 3,
  perform: () => Promise.resolve([]),
};

/** `+a` adds a, `-a` deletes it. */
const operation = (text: string): Operation =>
  text.startsWith('+') ? anAdd({ tag: text.slice(1) }) : aDelete({ tag: text.slice(1) });
const render = ({ type, tag }: Operation): string => `${type === 'add' ? '+' : '-'}${tag}`;

describe('groupsOf()', () => {
  test.each([
    ['nothing', '', []],
    ['one operation', '+a', ['+a']],
    ['neighbours of one type', '+a +b -c -d', ['+a +b', '-c -d']],
    ['a delete between two adds', '+a -b +c', ['+a', '-b', '+c']],
    ['more than a call takes', '+a +b +c +d', ['+a +b +c', '+d']],
    ['a name twice', '-a -b -a', ['-a -b', '-a']],
  ])('keeps the order of %s', (_, operations, groups) => {
    const parsed = operations.split(' ').filter(Boolean).map(operation);

    expect(groupsOf(parsed, batch).map((group) => group.map(render).join(' '))).toEqual(groups);
  });

  test('puts each operation in a group of its own where no batch takes its type', () => {
    const operations = ['+a', '+b', '-c', '-d'].map(operation);

    expect(groupsOf(operations, null)).toHaveLength(4);
    expect(groupsOf(operations, { ...batch, types: new Set(['add']) })).toHaveLength(3);
  });
});
