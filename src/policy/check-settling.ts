import type { CopyRule, ImageTagPolicy } from '../model/policy.ts';
import type { Complaint } from './complaint.ts';
import type { Problem } from './issue.ts';

/** A rule that may bind a name anew at any pass. */
interface Writer {
  readonly rule: string;
  readonly name: string;
  /** How to have what the writer has, in the same pass. */
  readonly remedy: string;
}

/**
 * Copies that read what another rule of their policy writes: a second pass plans something again, in a circle for
 * ever. Other policies may write the source: who follows them follows them a pass later, on purpose.
 */
export function checkSettling(policy: ImageTagPolicy): readonly Complaint[] {
  const writers = writersIn(policy);
  return policy.copies.flatMap((copy, index) => {
    const problem = circular(copy, policy) ?? behind(copy, writers);
    return problem === null ? [] : [{ rule: `copies[${index}]`, problem }];
  });
}

function writersIn({ copies, channels }: ImageTagPolicy): readonly Writer[] {
  const copied = copies.flatMap(({ from, to, override }, index) => {
    const remedy = `from: ${from}, which is what "${to}" will be`;
    return override ? [{ rule: `copies[${index}]`, name: to, remedy }] : [];
  });
  const moved = channels.flatMap(({ tag, backup }, index) => {
    const rule = `channels[${index}]`;
    const remedy = `a channel that selects the same; its backup keeps what "${tag}" leaves`;
    return [tag, backup ?? tag].map((name) => ({ rule, name, remedy }));
  });
  return [...copied, ...moved];
}

/** Every copy of a circle that overwrites is told, as each of them has to be looked at. */
function circular(start: CopyRule, { copies }: ImageTagPolicy): Problem | null {
  const circle = [start];
  for (let next = start; next.from !== start.to; ) {
    const { from } = next;
    const before = copies.find(({ to }) => to === from);
    if (before === undefined || circle.includes(before)) return null;
    circle.push(before);
    next = before;
  }
  if (circle.length === 1 || !circle.every(({ override }) => override)) return null;
  const names = circle.map(({ to }) => `"${to}"`).join(', ');
  const message = `The copies to ${names} go round in a circle: every pass moves all of them, for ever`;
  return { code: 'never-settles', message, expected: 'a source that none of them writes' };
}

function behind({ from, to }: CopyRule, writers: readonly Writer[]): Problem | null {
  const writer = from === to ? undefined : writers.find(({ name }) => name === from);
  if (writer === undefined) return null;
  const message = `"${to}" stays a pass behind: it takes what "${from}" has before ${writer.rule} writes that`;
  return { code: 'never-settles', severity: 'warning', message, expected: writer.remedy };
}
