import type { Capabilities } from '../../src/model/capabilities.ts';

/** Capabilities shaped like those of IMS: ten tags, key 36, value 43. */
export const imsLike: Capabilities = {
  kind: 'resource',
  operations: new Set(['add', 'delete']),
  missing: { copy: 'use a ResourceTagPolicy instead' },
  maxTags: 10,
  refuseName: (name) => (name.length <= 36 ? null : `at most 36 characters, not ${name.length}`),
  refuseValue: (value) =>
    value.length <= 43 ? null : `at most 43 characters, not ${value.length}`,
};

/** Capabilities shaped like those of SWR. */
export const swrLike: Capabilities = {
  kind: 'image',
  operations: new Set(['copy', 'delete']),
  missing: {},
  maxTags: null,
  refuseName: (name) => (/^\w[\w.-]*$/.test(name) ? null : 'letters, digits, "_", "." and "-"'),
  refuseValue: () => null,
};

/** Capabilities shaped like those of UHub without a registry login. */
export const uhubLike: Capabilities = {
  ...swrLike,
  operations: new Set(['delete']),
  missing: { copy: 'UHub has no call for it; push the tag with a registry client' },
};

/** Capabilities shaped like those of a registry of the OCI protocol. */
export const ociLike: Capabilities = {
  ...swrLike,
  operations: new Set(['copy', 'promote', 'delete']),
};

/** The accounts the example and the bad policies name. */
export const ACCOUNTS: ReadonlyMap<string, Capabilities> = new Map([
  ['ims-north', imsLike],
  ['swr-north', swrLike],
  ['hub', uhubLike],
  ['registry', ociLike],
]);
