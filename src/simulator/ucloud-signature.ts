import { createHash } from 'node:crypto';

/** Decoded parameters of one UCloud request. */
export type UcloudParameters = Readonly<Record<string, unknown>>;

/** True when `Signature` is the SHA-1 over the other parameters and the private key. */
export function verifyUcloudSignature(parameters: UcloudParameters, privateKey: string): boolean {
  return parameters['Signature'] === sha1(`${stringToSign(parameters)}${privateKey}`);
}

/** The string before the private key is appended and SHA-1 taken. */
export function stringToSign(parameters: UcloudParameters): string {
  const { Signature: _, ...signed } = parameters;
  return renderValue(signed);
}

function renderValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return renderNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(renderValue).join('');
  return Object.entries(value)
    .filter(([, field]) => field !== null)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${name}${renderValue(field)}`)
    .join('');
}

/** Decimal without exponent: 42.0 is `42`, 1e21 is written out. */
function renderNumber(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  const text = String(value);
  if (!text.includes('e-')) return text;
  const [mantissa = '', exponent = '0'] = text.split('e-');
  const decimals = (mantissa.split('.')[1] ?? '').length;
  return value.toFixed(Math.min(100, Number(exponent) + decimals));
}

function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex');
}
