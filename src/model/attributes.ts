/** Facts of a VM image that templates and selectors may use as `image.NAME`; a provider leaves out what it does not know. */
export const IMAGE_ATTRIBUTES = {
  id: 'id of the image',
  name: 'its name',
  visibility: 'private, public or shared',
  status: 'such as active',
  osType: 'such as Linux or Windows',
  osBit: '32 or 64',
  osVersion: 'such as "Ubuntu 24.04 server 64bit"',
  platform: 'such as Ubuntu',
  architecture: 'x86 or arm, where stated',
  sourceImageId: 'id of the image it was made from, where stated',
  createdAt: 'ISO 8601 time in UTC',
  updatedAt: 'ISO 8601 time in UTC',
  minDisk: 'smallest system disk in GB',
  enterpriseProjectId: 'id of the enterprise project',
} as const satisfies Readonly<Record<string, string>>;
