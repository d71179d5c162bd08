import { expect, test } from 'vitest';
import { parseDigests } from '../../src/sources/digest-list.ts';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha512:${'2'.repeat(128)}`;

test.each([
  { what: 'nothing', text: '', digests: [] },
  { what: 'comments alone', text: '# nothing runs\n\n', digests: [] },
  { what: 'one a line', text: `${ONE}\r\n  ${TWO} # api\n${ONE}\n`, digests: [ONE, TWO] },
  { what: 'references', text: `docker.io/library/web@${ONE}`, digests: [ONE] },
  { what: 'a mark of UTF-8', text: `\uFEFF${ONE}`, digests: [ONE] },
  { what: 'a JSON array', text: ` ["${ONE}", "registry:5000/web@${TWO}"]`, digests: [ONE, TWO] },
  { what: 'an empty JSON array', text: '[]', digests: [] },
])('parseDigests() reads $what', ({ text, digests }) => {
  expect([...parseDigests(text)]).toEqual(digests);
});

test.each([
  { what: 'a tag', text: `${ONE}\nweb:1.0.0`, message: 'entry 2 is no digest' },
  { what: 'a digest that is cut', text: 'sha256:123', message: 'entry 1 is no digest' },
  { what: 'an error page', text: '<html>', message: 'entry 1 is no digest' },
  { what: 'JSON of another kind', text: `[{"digest": "${ONE}"}]`, message: 'no JSON array' },
  { what: 'half of an array', text: `["${ONE}"`, message: 'no JSON array' },
  { what: 'an object', text: '{}', message: 'entry 1 is no digest' },
])('parseDigests() believes nothing of a list with $what', ({ text, message }) => {
  expect(() => parseDigests(text)).toThrow(message);
});
