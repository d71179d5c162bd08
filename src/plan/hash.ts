import { createHash, type Hash } from 'node:crypto';
import type { Listing } from '../model/listing.ts';
import type { Operation } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { byText } from './wish.ts';

/** The plan digest: over the target, the operations in order and every listed value. Names are unique in a listing. */
export function hashPlan(
  { target, tags }: Listing,
  operations: readonly Operation[],
): `sha256:${string}` {
  const sorted = tags.toSorted((left, right) => byText(left.name, right.name));
  const hash = createHash('sha256');
  let text = renderRecord(targetFields(target));
  for (const operation of operations)
    text = flush(hash, text + renderRecord(operationFields(operation)));
  text += LISTED;
  for (const { name, value } of sorted)
    text = flush(hash, text + renderField(name) + renderField(value));
  return `sha256:${hash.update(text).digest('hex')}`;
}

/** Stands between operations and tags; no record begins like it. */
const LISTED = '|';
const CHUNK = 65_536;

/** Long texts are handed over in pieces, as the text of 50,000 tags would be copied over and over. */
function flush(hash: Hash, text: string): string {
  if (text.length < CHUNK) return text;
  hash.update(text);
  return '';
}

function renderRecord(fields: readonly (string | null)[]): string {
  return fields.map(renderField).join('');
}

/** With its length in front, so that no two records read the same. */
function renderField(field: string | null): string {
  return field === null ? '-' : `${field.length}:${field}`;
}

function targetFields({ account, path }: Target): string[] {
  return [account, path];
}

function operationFields(operation: Operation): readonly (string | null)[] {
  const { type, tag, policy, rule, mode, because, replaces } = operation;
  const common = [type, tag, policy, rule, mode, because, replaces];
  switch (operation.type) {
    case 'add':
      return [...common, operation.value, null];
    case 'copy':
      return [...common, operation.value, operation.from];
    case 'delete':
      return [...common, operation.makesRoomFor, null];
  }
}
