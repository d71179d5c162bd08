import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { ZodError, z } from 'zod';
import { ReconcileError } from '../model/errors.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/simulator.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { SimulateFlags } from './flags.ts';
import { aborted } from './run.ts';

/** `simulate`: serves the fake clouds until a signal; prints their endpoints as one JSON line. */
export async function simulate(options: SimulateFlags, context: CliContext): Promise<ExitCode> {
  const seed = options.seed === undefined ? {} : { seed: await readSeed(options.seed) };
  const simulator = await start({ host: options.host, port: options.port, ...seed });
  context.stdout.write(`${JSON.stringify({ endpoints: simulator.endpoints })}\n`);
  await aborted(context.interruption.signal);
  await simulator.close();
  return EXIT.ok;
}

/** A port that is taken and a seed that does not fit are the caller's to mend. */
async function start(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (cause) {
    const reason = cause instanceof ZodError ? z.prettifyError(cause) : String(cause);
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot start the simulator: ${reason}, wanted eight free ports from --port on and a seed as in docs/simulator.md`,
      { cause },
    );
  }
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
