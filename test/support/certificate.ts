import { type KeyPairKeyObjectResult, sign } from 'node:crypto';

const OID_RSA_SHA256 = '2a864886f70d01010b';
const OID_COMMON_NAME = '550403';
const CONSTRUCTED = 0x30;

/** A certificate of the key, signed by itself, as PEM. Written by hand: not every machine has openssl. */
export function selfSigned({ publicKey, privateKey }: KeyPairKeyObjectResult): string {
  const algorithm = part(CONSTRUCTED, part(0x06, hex(OID_RSA_SHA256)), part(0x05, hex('')));
  const name = part(
    CONSTRUCTED,
    part(
      0x31,
      part(CONSTRUCTED, part(0x06, hex(OID_COMMON_NAME)), part(0x0c, Buffer.from('test'))),
    ),
  );
  const validity = part(
    CONSTRUCTED,
    part(0x17, Buffer.from('200101000000Z')),
    part(0x17, Buffer.from('491231235959Z')),
  );
  const body = part(
    CONSTRUCTED,
    part(0xa0, part(0x02, hex('02'))),
    part(0x02, hex('01')),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = part(0x03, hex('00'), sign('RSA-SHA256', body, privateKey));
  const text = part(CONSTRUCTED, body, algorithm, signature).toString('base64');
  const lines = text.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** One value of DER: tag, length, content. */
function part(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const size = length < 0x80 ? [length] : long;
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
