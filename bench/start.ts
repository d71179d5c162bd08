/** Start-up: `tagwarden --help` from source and as built, against `node -e 0`, interleaved in the same run. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { median } from './support/figures.ts';
import { report } from './support/rows.ts';

const ROUNDS = 21;

const commands = {
  'node -e 0': ['-e', '0'],
  'node src/main.ts --help': ['src/main.ts', '--help'],
  ...(existsSync('dist/bundle/main.js')
    ? { 'node dist/bundle/main.js --help': ['dist/bundle/main.js', '--help'] }
    : {}),
} as const satisfies Readonly<Record<string, readonly string[]>>;

const times = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, args] of Object.entries(commands)) {
    const startedAt = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    times.set(name, [...(times.get(name) ?? []), performance.now() - startedAt]);
  }
}

const baseline = median(times.get('node -e 0') ?? []);
for (const [name, measured] of times) {
  if (name === 'node -e 0') continue;
  const ms = median(measured);
  report({
    bench: 'start',
    what: name,
    value: ms / baseline,
    unit: 'x',
    wanted: null,
    figures: `${ms.toFixed(1)} ms; \`node -e 0\` ${baseline.toFixed(1)} ms`,
  });
}
