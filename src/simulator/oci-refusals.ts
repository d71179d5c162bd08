import { type Refusal, type Reply, renderJson } from './exchange.ts';

/** Renders an error as the specification words it; HEAD answers keep only the status. */
export function refuseOci({ status, code, message }: Refusal): Reply {
  return { ...renderJson(status, { errors: [{ code, message, detail: null }] }), code };
}

/** An injected failure in the words of a registry. */
export function refuseInjectedOci({ status, code, message }: Refusal): Reply {
  const known = code.startsWith('APIGW.') ? (BY_STATUS[status] ?? 'UNKNOWN') : code;
  return refuseOci({ status, code: known, message });
}

const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'NAME_UNKNOWN',
  405: 'UNSUPPORTED',
  429: 'TOOMANYREQUESTS',
};

/** The refusals of a registry. */
export const REFUSAL = {
  blobUnknown: toRefusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry'),
  digestInvalid: toRefusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content'),
  manifestInvalid: toRefusal(400, 'MANIFEST_INVALID', 'manifest invalid'),
  manifestUnknown: toRefusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown'),
  nameInvalid: toRefusal(400, 'NAME_INVALID', 'invalid repository name'),
  nameUnknown: toRefusal(404, 'NAME_UNKNOWN', 'repository name not known to registry'),
  noSuchRoute: toRefusal(404, 'NOT_FOUND', 'no such route'),
  pageInvalid: toRefusal(400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested'),
  rangeInvalid: toRefusal(416, 'BLOB_UPLOAD_INVALID', 'chunk out of order'),
  tooLarge: toRefusal(413, 'SIZE_INVALID', 'manifest too large'),
  unauthorized: toRefusal(401, 'UNAUTHORIZED', 'authentication required'),
  unsupported: toRefusal(405, 'UNSUPPORTED', 'The operation is unsupported.'),
  uploadUnknown: toRefusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry'),
} as const;

/** A delete that is switched off. */
export function refuseDelete(status: '405' | '400'): Reply {
  return refuseOci({ ...REFUSAL.unsupported, status: Number(status) });
}

function toRefusal(status: number, code: string, message: string): Refusal {
  return { status, code, message };
}
