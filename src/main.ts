#!/usr/bin/env node
import type { Fault } from './cli/app.ts';
import type { Output } from './cli/context.ts';
import { refuseNode } from './cli/node-version.ts';
import { runCli } from './cli/program.ts';
import { readEnvironment } from './config/environment.ts';

/** What is left open after a command has ended, such as a connection attempt, is dropped after this long. */
const LINGER_MS = 2_000;

const refusal = refuseNode(process.versions.node);
if (refusal !== null) {
  process.stderr.write(`error ${refusal}\n`);
  process.exit(1);
}

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

// Every byte that leaves passes here, crash reports included, once the configuration has named its secrets.
const secrets: { scrub: (text: string) => string } = { scrub: (text) => text };
const scrub = (text: string): string => secrets.scrub(text);
const faults: { listener: ((fault: Fault, error: unknown) => void) | null } = { listener: null };
process.on('uncaughtException', (error) => {
  faults.listener?.('exception', error);
  end(error);
});
process.on('unhandledRejection', (error) => {
  // Work that failed unheard left nothing behind that its job would not mend; a command would report half a result.
  if (faults.listener === null) end(error);
  faults.listener?.('rejection', error);
});

function end(error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(scrub(`error[INTERNAL] ${text}\n`));
  process.exit(1);
}

function outputTo(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error) => {
    // Whoever read the output has seen enough, as in `tagwarden plan | head`.
    if ('code' in error && error.code === 'EPIPE') process.exit();
    throw error;
  });
  const isTTY = stream.isTTY === true;
  return {
    write: (text) => stream.write(scrub(text)),
    isTTY,
    columns: isTTY ? stream.columns : null,
  };
}

const environment = readEnvironment();
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  environment,
  interruption: { signal: stop.signal, by: () => received.first },
  onFault: (listener) => {
    faults.listener = listener;
  },
  scrub,
  openApp: async (options) => {
    const { openApp } = await import('./compose.ts');
    return await openApp(options, environment, (scrubber) => {
      secrets.scrub = (text) => scrubber.scrub(text);
    });
  },
  openConsole: async (options) => {
    const { openConsole } = await import('./console.ts');
    return await openConsole(options, environment, (scrubber) => {
      secrets.scrub = (text) => scrubber.scrub(text);
    });
  },
  openRemote: async (options) => {
    const { createScrubber } = await import('./telemetry/scrub.ts');
    const scrubber = createScrubber();
    scrubber.add(options.token.reveal());
    secrets.scrub = (text) => scrubber.scrub(text);
    const { openRemoteConsole } = await import('./client/console.ts');
    return await openRemoteConsole(options);
  },
  validate: async (options) =>
    await (await import('./service/validate.ts')).validateAll(options, environment),
  checkSet: async (set, files) => (await import('./service/validate.ts')).checkSet(set, files),
  loadCapabilities: async () => (await import('./service/validate.ts')).capabilitiesOfProvider,
});
setTimeout(() => process.exit(), LINGER_MS).unref();
