import { globMatcher } from '../model/glob.ts';
import type { Operation } from '../model/plan.ts';
import type { ListedTag } from '../model/tag.ts';
import { targetKey } from '../model/target.ts';
import { boundAtMs } from './age.ts';
import type { Scene } from './scene.ts';

const DAY_MS = 86_400_000;
const MOST_SIBLINGS = 5;

/** What was listed, looked up by value too. */
export interface Witness {
  readonly scene: Scene;
  readonly byValue: ReadonlyMap<string | null, readonly ListedTag[]>;
}

/** Takes down what a target listed. */
export function witnessOf(scene: Scene): Witness {
  const { tags } = scene.listing;
  return {
    scene,
    byValue: Map.groupBy(tags, ({ value }) => value),
  };
}

/** The facts about one name that a reader can check: values, dates, names of the same content, protection, exemptions. */
export function evidenceFor(
  name: string,
  operation: Operation | null,
  witness: Witness,
): readonly string[] {
  const { scene } = witness;
  const { current: listed } = scene;
  const tag = listed.get(name);
  const source = sourceOf(operation, scene);
  return [
    tag === undefined ? `"${name}" is not listed` : render(tag, scene.now),
    ...(tag === undefined ? [] : siblingsOf(tag, witness)),
    ...(source === undefined ? [] : [placeOf(operation) + render(source, scene.now)]),
    ...scene.protectedBy
      .filter((glob) => globMatcher([glob])(name))
      .map((glob) => `protected by "${glob}"`),
    ...scene.exemptions.reasonsFor(name),
  ];
}

function render(tag: ListedTag, now: Date): string {
  const value = tag.value === null ? 'of unknown content' : `"${tag.value}"`;
  return [`"${tag.name}" is ${value}, ${renderTime(tag, now)}`, ...factsOf(tag)].join(', ');
}

function factsOf({ firstSeenAt, platforms }: ListedTag): string[] {
  return [
    ...(firstSeenAt ? [`first seen ${firstSeenAt.toISOString()}`] : []),
    ...(platforms ? [`for ${platforms.join(', ')}`] : []),
  ];
}

/** The tag whose content an operation takes, as it is listed where it stands. */
function sourceOf(operation: Operation | null, { current, sources }: Scene): ListedTag | undefined {
  if (operation?.type === 'copy') return current.get(operation.from);
  if (operation?.type !== 'promote') return undefined;
  const { source, from } = operation;
  return sources?.get(targetKey(source))?.find(({ name }) => name === from);
}

/** Says that a source stands in another repository. */
function placeOf(operation: Operation | null): string {
  return operation?.type === 'promote' ? `of "${targetKey(operation.source)}": ` : '';
}

function renderTime(tag: ListedTag, now: Date): string {
  const ms = boundAtMs(tag, now);
  const stated = tag.updatedAt ?? tag.createdAt;
  if (ms === null) return stated === null ? 'no time is stated' : 'the time stated is not credible';
  const what = tag.updatedAt === null ? 'created' : 'updated';
  return `${what} ${new Date(ms).toISOString()}, ${Math.floor((now.getTime() - ms) / DAY_MS)} days ago`;
}

function siblingsOf({ name, value }: ListedTag, { scene, byValue }: Witness): string[] {
  if (scene.capabilities.kind !== 'image' || value === null) return [];
  const others = byValue.get(value)?.filter((tag) => tag.name !== name);
  if (others === undefined || others.length === 0) return [];
  const names = others.slice(0, MOST_SIBLINGS).map((tag) => `"${tag.name}"`);
  const more = others.length > MOST_SIBLINGS ? ` and ${others.length - MOST_SIBLINGS} more` : '';
  return [`the same content has ${names.join(', ')}${more}`];
}
