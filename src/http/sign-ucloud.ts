import { createHash } from 'node:crypto';

/** A parameter value. Lists and objects only for JSON bodies; forms and queries flatten them to `Name.0` first. */
export type UcloudValue =
  | string
  | number
  | boolean
  | null
  | readonly UcloudValue[]
  | { readonly [name: string]: UcloudValue };

/** SHA-1 signature over all parameters but `Signature`, in lower-case hex; a null value counts as not sent. */
export function signUcloud(
  params: Readonly<Record<string, UcloudValue>>,
  privateKey: string,
): string {
  const { Signature: _, ...signed } = params;
  return createHash('sha1')
    .update(`${renderValue(signed)}${privateKey}`, 'utf8')
    .digest('hex');
}

function renderValue(value: UcloudValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return renderNumber(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.map(renderValue).join('');
  return Object.entries(value)
    .filter(([, field]) => field !== null)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, field]) => `${name}${renderValue(field)}`)
    .join('');
}

/** Shortest decimal without an exponent: what every official SDK puts into the signed text. */
function renderNumber(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  const [digits = '', exponent] = String(Math.abs(value)).split('e-');
  if (exponent === undefined) return String(value);
  const fraction = '0'.repeat(Number(exponent) - 1) + digits.replace('.', '');
  return `${value < 0 ? '-' : ''}0.${fraction}`;
}

// Array.isArray does not narrow a readonly list.
function isList(value: object): value is readonly UcloudValue[] {
  return Array.isArray(value);
}
