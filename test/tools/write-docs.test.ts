import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DOCS, docPath } from '../../tools/write-docs.ts';

describe('DOCS', () => {
  test.each(Object.entries(DOCS))(
    '%s is what the code says; else run node tools/write-docs.ts',
    async (name, render) => {
      expect(readFileSync(docPath(name), 'utf8')).toBe(await render());
    },
  );
});
