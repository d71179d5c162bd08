import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { renderOutcome } from './outcome.ts';
import { SCENARIOS } from './scenarios.ts';
import { useScratchFolder } from './scratch.ts';

/** `node test/chaos/main.ts [--scenario NAME,…] [--seed N] [--seeds COUNT]`: exit 1 when a promise was broken. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scenario: { type: 'string', default: Object.keys(SCENARIOS).join(',') },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
    },
  });
  let broken = 0;
  for (const name of values.scenario.split(',')) {
    const run = SCENARIOS[name];
    if (run === undefined)
      throw new Error(`no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}`);
    for (let index = 0; index < Number(values.seeds); index += 1) {
      const before = cpuSeconds();
      const outcome = await run(Number(values.seed) + index);
      const cpu = `, processor ${(cpuSeconds() - before).toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`;
      const [line, ...rest] = renderOutcome(outcome).split('\n');
      process.stdout.write(`${[`${line}${cpu}`, ...rest].join('\n')}\n`);
      if (outcome.problems.length > 0) broken += 1;
    }
  }
  process.stdout.write(broken === 0 ? 'all promises kept\n' : `${broken} runs broke a promise\n`);
  return broken === 0 ? 0 : 1;
}

/** Processor time of this process and of those it started that have ended; 0 where there is no /proc. */
function cpuSeconds(): number {
  try {
    // The name in brackets may hold anything; utime, stime, cutime and cstime are the 12th to 15th after it.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return ticks / TICKS_PER_S;
  } catch {
    return 0;
  }
}

/** USER_HZ, the same on every Linux. */
const TICKS_PER_S = 100;

useScratchFolder();
process.exitCode = await main(process.argv.slice(2));
