import fc from 'fast-check';
import { ReconcileError } from '../../src/model/errors.ts';
import type { Reason } from '../../src/queue/jobs.ts';
import type { ProtocolBench } from './protocol-bench.ts';
import type { Ending, Ledger } from './protocol-ledger.ts';
import { pause } from './support.ts';

type Command = fc.AsyncCommand<Ledger, ProtocolBench>;
/** What may befall one target, in order. */
export type Sequence = Iterable<Command>;

const LONGEST = 12;

/** Sequences of one target; only those of a throttled account throttle. */
export function sequences(kind: 'calm' | 'throttled'): fc.Arbitrary<Sequence> {
  const endings: Ending[] = ['ok', 'retriable', 'final'];
  const ending = fc.constantFrom<Ending>(...endings);
  const runs = kind === 'calm' ? endings : [...endings, 'throttled' as const];
  return fc.commands<Ledger, ProtocolBench, false>(
    [
      fc.constantFrom<Reason>('webhook', 'schedule', 'manual').map(event),
      fc.integer({ min: 2, max: 4 }).map(burst),
      fc.constant(policyChange),
      fc.constant(awaitRun),
      fc.constantFrom<Ending>(...runs).map(endRun),
      fc.constantFrom<Ending>(...runs).map(endRun),
      fc.constant(freeze),
      ending.map(thaw),
      fc.integer({ min: 0, max: 30 }).map(passTime),
    ],
    { maxCommands: LONGEST, size: 'max' },
  );
}

function event(reason: Reason): Command {
  return command(reason, { run: async (ledger, bench) => await tell(ledger, bench, reason) });
}

function burst(count: number): Command {
  return command(`${count} webhooks`, {
    async run(ledger, bench) {
      const adds = Array.from({ length: count }, async () => await tell(ledger, bench, 'webhook'));
      await Promise.all(adds);
    },
  });
}

const policyChange: Command = command('policies', {
  async run(ledger, bench) {
    await bench.changePolicies();
    await tell(ledger, bench, 'revision');
  },
});

/** Whoever gets no answer within 2 s tells it again; the first may have arrived. */
async function tell(ledger: Ledger, bench: ProtocolBench, reason: Reason): Promise<void> {
  for (;;) {
    ledger.event(reason);
    try {
      await bench.trigger(ledger.target, reason);
      return;
    } catch (error) {
      if (!(error instanceof ReconcileError && error.code === 'QUEUE_UNAVAILABLE')) throw error;
    }
  }
}

const awaitRun: Command = command('start', {
  check: (ledger) => ledger.expectsRun(),
  run: async (ledger) => await ledger.run(),
});

function endRun(ending: Ending): Command {
  return command(ending, {
    check: (ledger) => ledger.expectsRun(),
    async run(ledger) {
      await ledger.run();
      ledger.end(ending);
    },
  });
}

const freeze: Command = command('freeze', {
  check: (ledger) => ledger.expectsRun(),
  async run(ledger, bench) {
    await ledger.run();
    const jobId = ledger.freeze();
    if (jobId !== null) await bench.dropLock(ledger.target, jobId);
  },
});

function thaw(ending: Ending): Command {
  return command(`thaw ${ending}`, {
    check: (ledger) => ledger.hasFrozen(),
    run: async (ledger) => await Promise.resolve(ledger.thaw(ending)),
  });
}

function passTime(ms: number): Command {
  return command(`${ms} ms`, { run: async () => await pause(ms) });
}

interface Told {
  readonly check?: (ledger: Readonly<Ledger>) => boolean;
  readonly run: (ledger: Ledger, bench: ProtocolBench) => Promise<void>;
}

function command(name: string, { check, run }: Told): Command {
  return { check: check ?? (() => true), run, toString: () => name };
}
