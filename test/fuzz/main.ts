import { parseArgs } from 'node:util';
import { startCloudAnswers } from './cloud-answers.ts';
import { corpusOf, fuzz } from './fuzz.ts';
import { createParsers } from './parsers.ts';

/** `node test/fuzz/main.ts [--parser NAME,…] [--minutes 10] [--seed N]`: exit 1 when an input broke a parser. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      parser: { type: 'string', default: '' },
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  await using clouds = await startCloudAnswers();
  const parsers = createParsers(clouds);
  const wanted = values.parser === '' ? Object.keys(parsers) : values.parser.split(',');
  let broken = 0;
  for (const name of wanted) {
    const parser = parsers[name];
    if (parser === undefined)
      throw new Error(`no parser "${name}"; there are ${Object.keys(parsers).join(', ')}`);
    const options = { ms: Number(values.minutes) * 60_000, seed: Number(values.seed) };
    try {
      const { inputs, accepted, slowestMs } = await fuzz(parser, corpusOf(name), options);
      print(
        `ok   ${name}: ${inputs} inputs, ${accepted} understood, slowest ${slowestMs.toFixed(0)} ms`,
      );
    } catch (error) {
      broken += 1;
      print(`FAIL ${name}, seed ${options.seed}: ${String(error)}`);
    }
  }
  return broken === 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(process.argv.slice(2));
