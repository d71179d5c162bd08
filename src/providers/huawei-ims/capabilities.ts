import type { Capabilities } from '../../model/capabilities.ts';

// Source: IMS API reference, "Adding an Image Tag" (ims_03_0618): "添加镜像标签", constraints.
const MAX_TAGS = 10;
const MAX_KEY_LENGTH = 36;
const MAX_VALUE_LENGTH = 43;

/** What IMS can do with the tags of a VM image. Lengths are counted in characters, not UTF-16 units. */
export const huaweiImsCapabilities: Capabilities = {
  kind: 'resource',
  operations: new Set(['add', 'delete']),
  missing: {
    copy: 'tags of VM images are texts, not names of content: use a ResourceTagPolicy with "ensure" instead',
    promote: 'VM images hold no registry content; promote to a registry',
  },
  maxTags: MAX_TAGS,
  refuseName,
  refuseValue,
};

function refuseName(name: string): string | null {
  if (name.trim() === '') return 'a key must be neither empty nor blank';
  if (!name.isWellFormed()) return 'a key must be valid Unicode';
  const length = [...name].length;
  if (length <= MAX_KEY_LENGTH) return null;
  return `a key has at most ${MAX_KEY_LENGTH} characters, this one has ${length}`;
}

function refuseValue(value: string): string | null {
  if (!value.isWellFormed()) return 'a value must be valid Unicode';
  const length = [...value].length;
  if (length <= MAX_VALUE_LENGTH) return null;
  return `a value has at most ${MAX_VALUE_LENGTH} characters, this one has ${length}`;
}
