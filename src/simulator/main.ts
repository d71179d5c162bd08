import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { startSimulator } from './simulator.ts';

/** `node src/simulator/main.ts [--host H] [--port N] [--seed FILE]`: prints the endpoints as one JSON line. */
export async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      seed: { type: 'string' },
    },
  });
  const seed: unknown =
    values.seed === undefined ? undefined : parse(await readFile(values.seed, 'utf8'));
  const simulator = await startSimulator({ host: values.host, port: Number(values.port), seed });
  const stop = (): void => void simulator.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`${JSON.stringify(simulator.endpoints)}\n`);
}

await main(process.argv.slice(2));
