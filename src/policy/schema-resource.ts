import { z } from 'zod';
import { IMAGE_ATTRIBUTES } from '../model/attributes.ts';
import { TRANSFORMS } from '../model/policy.ts';
import { about } from './about.ts';
import { AccountName, commonSpec, header, refuseTwoTimings } from './schema-common.ts';
import { fail, GlobText, PatternText, Text, templateText } from './schema-text.ts';

const IMAGE_REFERENCES: ReadonlySet<string> = new Set(
  Object.keys(IMAGE_ATTRIBUTES).map((name) => `image.${name}`),
);
const Value = templateText(
  (name) => IMAGE_REFERENCES.has(name),
  `one of ${[...IMAGE_REFERENCES].join(', ')}`,
);

const Images = z
  .strictObject({
    name: GlobText.optional().meta(about('Glob over the image name', 'golden-*')),
    visibility: z
      .enum(['private', 'public', 'shared'])
      .optional()
      .meta(about('Who may see the image', 'private')),
    ids: z
      .array(Text)
      .min(1)
      .optional()
      .meta(about('Image ids, exactly', ['67e17426-359e-49fb-aa12-0bd1756ec240'])),
    tags: z
      .record(Text, z.string())
      .optional()
      .meta(about('Tags the image must already carry, values equal', { stage: 'prod' })),
  })
  .superRefine((images, context) => {
    if (Object.keys(images).length > 0) return;
    const expected = 'name, visibility, ids or tags; name: "*" means every image';
    fail(context, 'no condition is given', { code: 'no-condition', expected });
  })
  .meta(
    about('Which images of the account; all conditions must hold', {
      name: 'golden-*',
      visibility: 'private',
    }),
  );

const Rename = z
  .strictObject({
    from: Text.meta(about('Key as it is now', 'Owner')),
    to: Text.meta(about('Key it gets; the value is kept', 'owner')),
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
    key: Text.meta(about('Key whose value is brought into form', 'stage')),
    transforms: z
      .array(z.enum(TRANSFORMS))
      .default([])
      .meta(about('Steps in order, before map', ['trim', 'lower'])),
    map: z
      .record(z.string(), z.string())
      .default({})
      .meta(about('Values replaced by other values', { production: 'prod' })),
  })
  .superRefine(({ transforms, map }, context) => {
    if (transforms.length > 0 || Object.keys(map).length > 0) return;
    fail(context, 'nothing is changed', { code: 'no-rule', expected: 'transforms or map' });
  });

const CopyFrom = z.strictObject({
  image: Value.regex(/\S/, 'must not be blank').meta(
    about(
      'Id of the other image of the same account; templates allowed',
      '{{ image.sourceImageId }}',
    ),
  ),
  keys: z
    .array(Text)
    .min(1)
    .meta(about('Keys whose values are taken over', ['owner'])),
  overwrite: z
    .boolean()
    .default(false)
    .meta(
      about('Replaces values the image already carries; else only absent keys are added', true),
    ),
});

const Remove = z.union([
  GlobText.meta(about('Glob over keys', 'tmp-*')),
  z
    .strictObject({
      key: Text.meta(about('Key, exactly', 'stage')),
      value: z.string().meta(about('Its value', 'test')),
    })
    .meta(about('One key, only while it has this value', { key: 'stage', value: 'test' })),
]);

const Require = z.strictObject({
  oneOf: z
    .array(z.string())
    .min(1)
    .optional()
    .meta(about('Values that are allowed', ['dev', 'stage', 'prod'])),
  pattern: PatternText.optional().meta(
    about('Regular expression for the whole value', '[0-9]{4,6}'),
  ),
});

const SECTIONS = 'ensure, default, rename, normalize, copyFrom, remove, require';

const Tags = z
  .strictObject({
    ensure: z
      .record(Text, Value)
      .default({})
      .meta(
        about('Keys every image must carry with exactly this value; templates allowed', {
          owner: 'platform',
          os: '{{ image.osType | lower }}',
        }),
      ),
    default: z
      .record(Text, Value)
      .default({})
      .meta(
        about('Keys added with this value when absent; templates allowed', {
          'cost-center': 'unassigned',
        }),
      ),
    rename: z
      .array(Rename)
      .default([])
      .meta(about('Keys that get another name', [{ from: 'Owner', to: 'owner' }])),
    normalize: z
      .array(Normalize)
      .default([])
      .meta(
        about('Values brought into form', [
          { key: 'stage', transforms: ['trim', 'lower'], map: { production: 'prod' } },
        ]),
      ),
    copyFrom: z
      .array(CopyFrom)
      .default([])
      .meta(
        about('Keys taken over from another image', [
          { image: '{{ image.sourceImageId }}', keys: ['owner'], overwrite: false },
        ]),
      ),
    remove: z
      .array(Remove)
      .default([])
      .meta(
        about('Keys to delete: globs, or a key with a value', [
          'tmp-*',
          { key: 'stage', value: 'test' },
        ]),
      ),
    require: z
      .record(Text, Require)
      .default({})
      .meta(
        about('Keys that must be there; reported, never written', {
          owner: {},
          stage: { oneOf: ['dev', 'prod'] },
        }),
      ),
  })
  .superRefine((tags, context) => {
    if (Object.values(tags).some((rules) => Object.keys(rules).length > 0)) return;
    fail(context, 'no rule is given', { code: 'no-rule', expected: `one of ${SECTIONS}` });
  })
  .meta(about('The rules', { ensure: { owner: 'platform' } }));

const EXAMPLE_TARGET = { account: 'ims-north', images: { name: 'golden-*' } };

/** One ResourceTagPolicy document: rules for the key-value tags of VM images. */
export const ResourceTagPolicyDocument = z.strictObject({
  ...header,
  kind: z
    .literal('ResourceTagPolicy')
    .meta(about('Key-value tags of VM images', 'ResourceTagPolicy')),
  spec: z
    .strictObject({
      ...commonSpec,
      targets: z
        .array(z.strictObject({ account: AccountName, images: Images }))
        .min(1)
        .meta(about('Images the policy is about', [EXAMPLE_TARGET])),
      tags: Tags,
      exclusive: z
        .boolean()
        .default(false)
        .meta(about('Deletes every key that no rule mentions; needs mode sync', true)),
    })
    .superRefine(refuseTwoTimings)
    .meta(
      about('What is wanted', {
        mode: 'sync',
        targets: [EXAMPLE_TARGET],
        tags: { ensure: { owner: 'platform' } },
      }),
    ),
});
export type ResourceTagPolicyDocument = z.infer<typeof ResourceTagPolicyDocument>;
