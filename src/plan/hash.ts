import { createHash, hash as digestOf, type Hash } from 'node:crypto';
import type { Listing } from '../model/listing.ts';
import type { Operation } from '../model/plan.ts';
import { sortedBy } from './wish.ts';

/** The plan digest: over the target, the operations in order and every listed value. Names are unique in a listing. */
export function hashPlan(
  { target, tags }: Listing,
  operations: readonly Operation[],
): `sha256:${string}` {
  let hash: Hash | null = null;
  let text = renderField(target.account) + renderField(target.path);
  let before: Operation | null = null;
  for (const operation of operations) {
    if (text.length >= CHUNK) [hash, text] = flush(hash, text);
    text += renderReason(operation, before) + renderOperation(operation);
    before = operation;
  }
  text += LISTED;
  for (const { name, value } of sortedBy(tags, nameOf)) {
    if (text.length >= CHUNK) [hash, text] = flush(hash, text);
    text += renderField(name) + renderField(value);
  }
  // Nearly every text is short, and is hashed in one go.
  return `sha256:${hash?.update(text).digest('hex') ?? digestOf('sha256', text, 'hex')}`;
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

/** Stand before a reason and between operations and tags; no record begins like them. */
const REASON = '=';
const LISTED = '|';
const CHUNK = 65_536;

/** Long texts are handed over in pieces, as the text of 50,000 tags would be copied over and over. */
function flush(hash: Hash | null, text: string): [Hash, string] {
  return [(hash ?? createHash('sha256')).update(text), ''];
}

function renderRecord(fields: readonly (string | null)[]): string {
  return fields.map(renderField).join('');
}

/** With its length in front, so that no two records read the same. */
function renderField(field: string | null): string {
  return field === null ? '-' : lengthOf(field) + field;
}

/** Made once, as a large plan tells the length of hundreds of thousands of short texts. */
const LENGTHS = Array.from({ length: 256 }, (_none, length) => `${length}:`);

function lengthOf({ length }: string): string {
  return LENGTHS[length] ?? `${length}:`;
}

/** Operations of one rule share their reason; it is told once, before the first of them. */
function renderReason(operation: Operation, before: Operation | null): string {
  if (before !== null && isSameReason(before, operation)) return '';
  const { policy, rule, mode, because } = operation;
  return REASON + renderRecord([policy, rule, mode, because]);
}

function isSameReason(left: Operation, right: Operation): boolean {
  return (
    left.because === right.because &&
    left.rule === right.rule &&
    left.policy === right.policy &&
    left.mode === right.mode
  );
}

function renderOperation(operation: Operation): string {
  const { type, tag, replaces } = operation;
  const common = type + renderField(tag) + renderField(replaces);
  switch (operation.type) {
    case 'add':
      return common + renderField(operation.value);
    case 'copy':
      return common + renderField(operation.value) + renderField(operation.from);
    case 'promote': {
      const { value, from, source, referrers } = operation;
      const fields = [value, from, source.account, source.path, referrers ? 'referrers' : ''];
      return common + renderRecord(fields);
    }
    case 'delete':
      return common + renderField(operation.makesRoomFor);
  }
}
