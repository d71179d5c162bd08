import type { ListedTag } from '../model/tag.ts';

/** Why a tag does not run on all of these platforms, or is not known to; null: it does. */
export function platformGap(
  { platforms = null }: ListedTag,
  required: readonly string[],
): string | null {
  if (required.length === 0) return null;
  if (platforms === null) return 'its platforms are not known';
  const held = platforms.map(withoutDefault);
  const missing = required.filter((one) => {
    const wanted = withoutDefault(one);
    return !held.some((platform) => platform === wanted || platform.startsWith(`${wanted}/`));
  });
  return missing.length === 0 ? null : `it lacks ${missing.join(', ')}`;
}

/** The only variant of 64-bit ARM that images state is as good as none. */
function withoutDefault(platform: string): string {
  return platform.endsWith('/arm64/v8') ? platform.slice(0, -'/v8'.length) : platform;
}
