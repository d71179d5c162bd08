import { afterAll, describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { startCloudAnswers } from './cloud-answers.ts';
import { corpusOf, fuzz, type Parser } from './fuzz.ts';
import { createParsers } from './parsers.ts';

/** A minute in all; `npm run fuzz` takes ten minutes each. */
const TOTAL_MS = 60_000;
/** The same for each run: the gate judges the change at hand, `npm run fuzz` looks for what is new. */
const SEED = 1;

const clouds = await startCloudAnswers();
afterAll(async () => await clouds[Symbol.asyncDispose]());
const parsers = Object.entries(createParsers(clouds));

describe('fuzz()', () => {
  test.each(parsers)(
    'finds no input that breaks %s',
    async (name, parser) => {
      const ms = TOTAL_MS / parsers.length;

      const result = await fuzz(parser, corpusOf(name), { ms, seed: SEED });

      expect(result.inputs).toBeGreaterThan(100);
      expect(result.accepted).toBeGreaterThan(0);
    },
    TOTAL_MS,
  );

  test.each<[string, Parser, RegExp]>([
    ['throws something else', { parse: (text) => refuseColon(text) }, /TypeError: no colon/],
    ['takes too long', { limitMs: 10, parse: spin }, /took \d+ ms of at most 10 ms/],
    ['says nothing of use', { parse: () => sayNothing() }, /unhelpful message/],
  ])('reports what %s', async (_what, parser, expected) => {
    const found = fuzz(parser, ['a: b', 'plain'], { ms: 2_000, seed: 1 });

    await expect(found).rejects.toThrow(expected);
  });
});

function refuseColon(text: string): void {
  if (text.includes(':')) throw new TypeError('TypeError: no colon');
}

function spin(): void {
  const until = process.threadCpuUsage().user + 30_000;
  while (process.threadCpuUsage().user < until);
}

function sayNothing(): never {
  throw new ReconcileError('POLICY_INVALID', 'Cannot read [object Object]');
}
