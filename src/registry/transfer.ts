import { ReconcileError } from '../model/errors.ts';
import type { Promotion } from '../model/promotion.ts';
import { type Target, targetKey } from '../model/target.ts';
import { checkTagName, repositoryOf } from './call.ts';
import { bindTag, changed } from './copy.ts';
import type { Lane } from './lane.ts';
import { type Manifest, resolveReference } from './manifests.ts';
import { type Moved, moveParts, readSource } from './move-manifest.ts';
import { moveReferrers } from './move-referrers.ts';
import type { Registry } from './registry.ts';

/**
 * Brings content of another repository here and binds the name to it: blobs, children of an index, referrers when asked for,
 * the name last. What is here already is not sent again, so a promotion that broke off goes on where it was.
 */
export async function transferToRegistry(
  registry: Registry,
  target: Target,
  { operation, content }: Promotion,
  check: () => void,
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  const { tag, value, source, referrers } = operation;
  checkTagName(target, tag);
  repositoryOf(target);
  const lane: Lane = { registry, target, content, source, check, writes: 0 };
  // Before anything is sent, and once more before the name: hours may lie between.
  if (await isBound(lane, operation, signal)) return { attempts: 0 };
  const moved = await bringParts(lane, operation, signal);
  if (referrers) await moveReferrers(lane, moved, signal);
  if (!(await isBound(lane, operation, signal))) await bind(lane, operation, moved, signal);
  const current = await resolveReference(registry, target, tag, signal);
  if (current !== value) throw changed(target, tag, `${current ?? 'no value'} after it`);
  return { attempts: lane.writes };
}

type Promote = Promotion['operation'];

/** True: it has the value already. Throws TARGET_CHANGED for one that nobody expects. */
async function isBound(
  { registry, target }: Lane,
  { tag, value, replaces }: Promote,
  signal: AbortSignal,
): Promise<boolean> {
  const current = await resolveReference(registry, target, tag, signal);
  if (current === value) return true;
  if (current === replaces) return false;
  throw changed(target, tag, current === null ? 'no value' : 'a value of somebody else');
}

async function bringParts(
  lane: Lane,
  { value, from }: Promote,
  signal: AbortSignal,
): Promise<Moved> {
  const manifest = await readRoot(lane, { value, from }, signal);
  return await moveParts(lane, manifest, { isForced: false }, signal);
}

async function readRoot(
  lane: Lane,
  { value, from }: Pick<Promote, 'value' | 'from'>,
  signal: AbortSignal,
): Promise<Manifest> {
  try {
    return await readSource(lane, value, signal);
  } catch (cause) {
    if (!(cause instanceof ReconcileError) || cause.code !== 'PROVIDER_NOT_FOUND') throw cause;
    throw new ReconcileError(
      'TARGET_CHANGED',
      `Cannot promote tag "${from}" of "${targetKey(lane.source)}" to "${targetKey(lane.target)}": its content is gone, the listed one was wanted`,
      { cause },
    );
  }
}

async function bind(
  lane: Lane,
  operation: Promote,
  { manifest }: Moved,
  signal: AbortSignal,
): Promise<void> {
  const { registry, target, check } = lane;
  const { tag, replaces } = operation;
  const complete = async (asking: AbortSignal) => {
    await moveParts(lane, manifest, { isForced: true }, asking);
    await isBound(lane, operation, asking);
  };
  const binding = { tag, manifest, replaces, check, complete };
  lane.writes += (await bindTag(registry, target, binding, signal)).attempts;
}
