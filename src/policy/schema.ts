import { z } from 'zod';
import { PolicyDefaultsDocument } from './schema-defaults.ts';
import { ImageTagPolicyDocument } from './schema-image.ts';
import { ResourceTagPolicyDocument } from './schema-resource.ts';
import { PolicyTestDocument } from './schema-test.ts';

/** Schema of a document by its kind; the one list to extend. */
export const DOCUMENT_SCHEMAS = {
  ResourceTagPolicy: ResourceTagPolicyDocument,
  ImageTagPolicy: ImageTagPolicyDocument,
  PolicyDefaults: PolicyDefaultsDocument,
  PolicyTest: PolicyTestDocument,
} as const;

export type DocumentKind = keyof typeof DOCUMENT_SCHEMAS;

/** Any document of a policy folder. */
export const PolicyDocument = z.discriminatedUnion('kind', [
  ResourceTagPolicyDocument,
  ImageTagPolicyDocument,
  PolicyDefaultsDocument,
  PolicyTestDocument,
]);
export type PolicyDocument = z.infer<typeof PolicyDocument>;

/** Keys of the language that this version does not have yet. */
export const ANNOUNCED: ReadonlySet<string> = new Set();
