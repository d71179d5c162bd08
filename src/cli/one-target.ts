import { hasWildcard } from '../model/glob.ts';
import type { Target } from '../model/target.ts';
import type { CliContext } from './context.ts';

/** Reads `account/path`; null, with a line on stderr, when it is something else. */
export function parseTarget(text: string, { stderr }: Pick<CliContext, 'stderr'>): Target | null {
  const slash = text.indexOf('/');
  if (slash > 0 && slash < text.length - 1 && !hasWildcard(text)) {
    return { account: text.slice(0, slash), path: text.slice(slash + 1) };
  }
  stderr.write(
    `error: "${text}" names no target, wanted account/path such as swr-north/shop/web\n`,
  );
  return null;
}
