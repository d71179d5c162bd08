import { describe, expect, test } from 'vitest';
import type { DigestFact } from '../../src/model/digest-fact.ts';
import { decodeFact, encodeFact } from '../../src/store/facts.ts';

const FACT: DigestFact = {
  digest: 'sha256:1',
  mediaType: 'application/vnd.oci.image.index.v1+json',
  createdAt: null,
  platforms: ['linux/amd64'],
  artifactType: null,
  subject: null,
  children: ['sha256:2'],
};

/** As releases wrote it that knew nothing of children. */
const EARLIER = {
  v: 1,
  mediaType: FACT.mediaType,
  createdAt: null,
  platforms: ['linux/amd64'],
  artifactType: null,
  subject: null,
};

describe('decodeFact()', () => {
  test('decodeFact() takes what an earlier release kept as not known, never as without children', () => {
    expect(decodeFact('sha256:1', JSON.stringify(EARLIER))).toBeNull();
  });

  test('decodeFact() gives what encodeFact() wrote, which an earlier release can read beside it', () => {
    const text = encodeFact(FACT);

    expect(decodeFact('sha256:1', text)).toEqual(FACT);
    expect(JSON.parse(text)).toEqual({ ...EARLIER, children: FACT.children });
  });
});
