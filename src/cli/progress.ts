import { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import type { CliContext, Output } from './context.ts';

/** Shows how many targets were visited, with rate and time left, while a sweep runs. */
export interface Progress {
  visited(): void;
  stop(): void;
}

/** A bar on stderr when it is a terminal, nothing otherwise. */
export function createProgress(context: CliContext, what: string): Progress {
  if (!context.stderr.isTTY || context.environment.plainOutput) {
    return { visited: () => undefined, stop: () => undefined };
  }
  let count = 0;
  const bar = new cliProgress.SingleBar(
    {
      format: `${what} {value} targets | {duration_formatted} | {rate}/s`,
      clearOnComplete: true,
      hideCursor: true,
      stream: terminalOf(context.stderr),
    },
    cliProgress.Presets.legacy,
  );
  const startedAt = performance.now();
  bar.start(0, 0, { rate: 0 });
  return {
    visited() {
      count += 1;
      const seconds = (performance.now() - startedAt) / 1_000;
      bar.update(count, { rate: (count / Math.max(seconds, 0.1)).toFixed(0) });
    },
    stop: () => bar.stop(),
  };
}

/** The output as the stream the bar wants; it moves the cursor by what it writes. */
function terminalOf(output: Output): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      output.write(String(text));
      done();
    },
  });
  return Object.assign(stream, { isTTY: true });
}
