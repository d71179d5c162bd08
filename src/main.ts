#!/usr/bin/env node
import { runCli } from './cli/program.ts';
import { readEnvironment } from './config/environment.ts';

const stop = new AbortController();
const received: { first: 'SIGINT' | 'SIGTERM' | null } = { first: null };
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (received.first !== null) {
      // The second signal does not wait for anything: fall back to the system's own handling.
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    }
    received.first = name;
    stop.abort();
  });
}

const environment = readEnvironment();
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: { write: (text) => process.stdout.write(text), isTTY: process.stdout.isTTY === true },
  stderr: { write: (text) => process.stderr.write(text), isTTY: process.stderr.isTTY === true },
  environment,
  interruption: { signal: stop.signal, by: () => received.first },
  openApp: async (options) => await (await import('./compose.ts')).openApp(options, environment),
  validate: async (options) =>
    await (await import('./compose.ts')).validateAll(options, environment),
});
