import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderSchema, SCHEMAS, schemaPath } from '../tools/write-schemas.ts';

test.each(Object.entries(SCHEMAS))(
  '%s is what the code says; else run node tools/write-schemas.ts',
  (name, schemaOf) => {
    const published = readFileSync(schemaPath(name), 'utf8');

    expect(published).toBe(renderSchema(schemaOf()));
  },
);
