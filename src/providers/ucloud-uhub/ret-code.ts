import { z } from 'zod';
import type { ErrorCode } from '../../model/errors.ts';

/** What a RetCode asks the caller to do. */
export type RetClass =
  | 'ok'
  | 'fault'
  | 'throttled'
  | 'rejected'
  | 'forbidden'
  | 'refused'
  | 'product';

// UCloud API, "Common error codes", read 2026-11-21. 110 timeout, 130 and 150 gateway or service down.
const CLASSES: Readonly<Record<number, RetClass>> = {
  0: 'ok',
  110: 'fault',
  130: 'fault',
  150: 'fault',
  153: 'throttled',
  170: 'rejected',
  171: 'rejected',
  172: 'rejected',
  174: 'rejected',
};
const FIRST_PRODUCT_CODE = 2_000;

/** Some backends send the number as text. */
const Body = z.object({
  RetCode: z.union([
    z.int(),
    z
      .string()
      .regex(/^-?\d{1,9}$/)
      .transform(Number),
  ]),
});

/**
 * Class of a RetCode. Codes from 2000 on belong to the product and are not documented: the SDKs repeat them, but
 * "not found" is among them, so here they are answers that the caller settles by a read.
 */
export function classifyRetCode(retCode: number): RetClass {
  if (retCode >= 292 && retCode <= 299) return 'forbidden';
  return CLASSES[retCode] ?? (retCode >= FIRST_PRODUCT_CODE ? 'product' : 'refused');
}

/** The RetCode of a body; null: it has none, so it is not the API's own. */
export function readRetCode(text: string): number | null {
  try {
    const body = Body.safeParse(JSON.parse(text));
    return body.success ? body.data.RetCode : null;
  } catch {
    return null;
  }
}

/** The error code a class stands for once the client has given up on it. */
export const ERROR_BY_CLASS = {
  ok: 'INTERNAL',
  fault: 'PROVIDER_UNAVAILABLE',
  throttled: 'PROVIDER_THROTTLED',
  rejected: 'PROVIDER_AUTH',
  forbidden: 'PROVIDER_FORBIDDEN',
  refused: 'PROVIDER_REJECTED',
  product: 'PROVIDER_REJECTED',
} as const satisfies Record<RetClass, ErrorCode>;

/** Cause of an error the API answered: the number it gave. */
export class RetCodeError extends Error {
  override readonly name = 'RetCodeError';
  readonly retCode: number;

  constructor(retCode: number) {
    super(`RetCode ${retCode}`);
    this.retCode = retCode;
  }
}
