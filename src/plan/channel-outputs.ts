import type { ChannelRule, ImageTagPolicy } from '../model/policy.ts';
import { admission, type NameTemplate, type Ranker } from './candidates.ts';
import type { Reading } from './reading.ts';

/** What the names of channels and backups are made with. */
export interface Naming {
  readonly ranker: Ranker;
  readonly naming: (text: string) => NameTemplate;
  readonly reading: Reading;
}

/**
 * Names that copies and channels write. They are no candidates of any channel, and no retain rule counts them: a
 * moving tag that chose itself, or another moving tag, would change its mind at the next pass.
 */
export function writtenNames(
  policies: readonly ImageTagPolicy[],
  { ranker, naming, reading }: Naming,
): ReadonlySet<string> {
  const copied = policies.flatMap(({ copies }) => copies.map(({ to }) => to));
  const rendered = policies
    .flatMap(({ channels }) => channels)
    .flatMap((rule) => [rule.tag, rule.backup ?? rule.tag].flatMap((text) => namesOf(text, rule)));
  return new Set([...copied, ...rendered]);

  function namesOf(text: string, rule: ChannelRule): readonly string[] {
    const template = naming(text);
    if (template.literal) return [text];
    const admitted = ranker(rule).filter(admission(rule.select));
    const names = new Set(admitted.map((scored) => template.render(scored)));
    // A rendered name that is a version again is taken for a pushed release, or nothing were left to choose from.
    return [...names].filter((name) => reading.version(name) === null);
  }
}
