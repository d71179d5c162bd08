import { z } from 'zod';
import { TRANSFORMS } from '../model/policy.ts';
import { AccountName, commonSpec, header, refuseTwoTimings } from './schema-common.ts';
import { fail, GlobText, PatternText, Text, templateText } from './schema-text.ts';

const IMAGE_REFERENCE = /^image\.\w+$/;
const Value = templateText(
  (name) => IMAGE_REFERENCE.test(name),
  'facts of the image, such as {{ image.name }} or {{ image.osType }}',
);

const Images = z
  .strictObject({
    name: GlobText.optional().describe('Glob over the image name'),
    visibility: z
      .enum(['private', 'public', 'shared'])
      .optional()
      .describe('Who may see the image'),
    ids: z.array(Text).min(1).optional().describe('Image ids, exactly'),
    tags: z
      .record(Text, z.string())
      .optional()
      .describe('Tags the image must already carry, values equal'),
  })
  .superRefine((images, context) => {
    if (Object.keys(images).length > 0) return;
    const expected = 'name, visibility, ids or tags; name: "*" means every image';
    fail(context, 'no condition is given', { code: 'no-condition', expected });
  })
  .describe('Which images of the account; all conditions must hold');

const Rename = z
  .strictObject({
    from: Text.describe('Key as it is now'),
    to: Text.describe('Key it gets; the value is kept'),
  })
  .superRefine(({ from, to }, context) => {
    if (from !== to) return;
    fail(context, `"${from}" is renamed to itself`, {
      code: 'contradiction',
      expected: 'two keys',
    });
  });

const Normalize = z
  .strictObject({
    key: Text.describe('Key whose value is brought into form'),
    transforms: z.array(z.enum(TRANSFORMS)).default([]).describe('Steps in order, before map'),
    map: z.record(z.string(), z.string()).default({}).describe('Values replaced by other values'),
  })
  .superRefine(({ transforms, map }, context) => {
    if (transforms.length > 0 || Object.keys(map).length > 0) return;
    fail(context, 'nothing is changed', { code: 'no-rule', expected: 'transforms or map' });
  });

const Remove = z.union([
  GlobText.describe('Glob over keys'),
  z
    .strictObject({ key: Text.describe('Key, exactly'), value: z.string().describe('Its value') })
    .describe('One key, only while it has this value'),
]);

const Require = z.strictObject({
  oneOf: z.array(z.string()).min(1).optional().describe('Values that are allowed'),
  pattern: PatternText.optional().describe('Regular expression for the whole value'),
});

const Tags = z
  .strictObject({
    ensure: z
      .record(Text, Value)
      .default({})
      .describe('Keys every image must carry with exactly this value; templates allowed'),
    default: z
      .record(Text, Value)
      .default({})
      .describe('Keys added with this value when absent; templates allowed'),
    rename: z.array(Rename).default([]).describe('Keys that get another name'),
    normalize: z.array(Normalize).default([]).describe('Values brought into form'),
    remove: z.array(Remove).default([]).describe('Keys to delete: globs, or a key with a value'),
    require: z
      .record(Text, Require)
      .default({})
      .describe('Keys that must be there; reported, never written'),
  })
  .superRefine((tags, context) => {
    if (Object.values(tags).some((rules) => Object.keys(rules).length > 0)) return;
    const expected = 'one of ensure, default, rename, normalize, remove, require';
    fail(context, 'no rule is given', { code: 'no-rule', expected });
  })
  .describe('The rules');

/** One ResourceTagPolicy document: rules for the key-value tags of VM images. */
export const ResourceTagPolicyDocument = z.strictObject({
  ...header,
  kind: z.literal('ResourceTagPolicy').describe('Key-value tags of VM images'),
  spec: z
    .strictObject({
      ...commonSpec,
      targets: z
        .array(z.strictObject({ account: AccountName, images: Images }))
        .min(1)
        .describe('Images the policy is about'),
      tags: Tags,
      exclusive: z
        .boolean()
        .default(false)
        .describe('Deletes every key that no rule mentions; needs mode sync'),
    })
    .superRefine(refuseTwoTimings)
    .describe('What is wanted'),
});
export type ResourceTagPolicyDocument = z.infer<typeof ResourceTagPolicyDocument>;
