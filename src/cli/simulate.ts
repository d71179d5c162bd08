import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { ReconcileError } from '../model/errors.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { SimulateFlags } from './flags.ts';
import { aborted } from './run.ts';

/** `simulate`: serves the fake clouds until a signal; prints their endpoints as one JSON line. */
export async function simulate(options: SimulateFlags, context: CliContext): Promise<ExitCode> {
  const seed = options.seed === undefined ? {} : { seed: await readSeed(options.seed) };
  const simulator = await startSimulator({ host: options.host, port: options.port, ...seed });
  context.stdout.write(`${JSON.stringify({ endpoints: simulator.endpoints })}\n`);
  await aborted(context.interruption.signal);
  await simulator.close();
  return EXIT.ok;
}

async function readSeed(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot read seed "${file}": it is missing or not YAML, wanted a file as in docs/simulator.md`,
      { cause },
    );
  }
}
