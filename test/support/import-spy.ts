/** Tells on stderr, at the end, which packages a process loaded. */
const SPY = `
import { registerHooks } from 'node:module';
const seen = new Set();
registerHooks({
  load(url, context, next) {
    const found = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url);
    if (found) seen.add(found[1]);
    return next(url, context);
  },
});
process.on('exit', () => process.stderr.write('loaded ' + [...seen].join(' ') + '\\n'));
`;

/** Environment of a process whose imports are wanted. */
export const SPIED = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SPY)}`,
} as const;

/** Packages that a spied process loaded, from its stderr. */
export function loadedPackages(stderr: string): string[] {
  const [, names] = /^loaded (.*)$/m.exec(stderr) ?? [];
  if (names === undefined) throw new Error(`the spy said nothing:\n${stderr}`);
  return names.split(' ').filter(Boolean).toSorted();
}
