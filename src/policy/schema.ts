import { z } from 'zod';
import { ImageTagPolicyDocument } from './schema-image.ts';
import { ResourceTagPolicyDocument } from './schema-resource.ts';

/** Schema of a document by its kind; the one list to extend. */
export const DOCUMENT_SCHEMAS = {
  ResourceTagPolicy: ResourceTagPolicyDocument,
  ImageTagPolicy: ImageTagPolicyDocument,
} as const;

export type DocumentKind = keyof typeof DOCUMENT_SCHEMAS;

/** Any policy document. */
export const PolicyDocument = z.discriminatedUnion('kind', [
  ResourceTagPolicyDocument,
  ImageTagPolicyDocument,
]);
export type PolicyDocument = z.infer<typeof PolicyDocument>;

/** Kinds and fields of the language that this version does not have yet. */
export const ANNOUNCED: ReadonlySet<string> = new Set([
  'PolicyDefaults',
  'PolicyTest',
  'copyFrom',
  'promote',
  'requirePlatforms',
  'exemptions',
]);
