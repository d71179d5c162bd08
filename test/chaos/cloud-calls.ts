import type { RandomFaults } from '../../src/simulator/faults.ts';
import type { Endpoints } from '../../src/simulator/simulator.ts';
import type { FleetSize } from './fleet.ts';
import type { Verdict } from './verify.ts';

/** What the process with the fake clouds is asked, and what it answers. */
export interface CloudCalls {
  start(size: FleetSize): Endpoints;
  status(): CloudStatus;
  /** Faults at random, replayable by seed, in place of those before. */
  faults(faults: RandomFaults | null): void;
  latency(ms: number): void;
  /** Makes the given targets wrong, by index over images then repositories; those already wrong stay so. */
  drift(indices: readonly number[]): readonly string[];
  verdict(): Verdict & { readonly redundant: readonly string[] };
  /** Forgets journal and requests and, with them, the writes needed so far. */
  forget(): void;
  /** Every write carried out, in order. */
  writes(): readonly Written[];
}

export interface CloudStatus {
  readonly outOfPlace: number;
  readonly requests: number;
  /** Writes carried out, one for each name. */
  readonly executed: number;
  /** Requests that carried them out; one may write several names. */
  readonly writeRequests: number;
  /** Requests by `service.operation`. */
  readonly byOperation: Readonly<Record<string, number>>;
  /** Arrival of the latest request, milliseconds since the epoch; 0: none yet. */
  readonly lastRequestAt: number;
}

export interface Written {
  readonly target: string;
  readonly operation: string;
  readonly key: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type CallName = keyof CloudCalls;

export interface CloudRequest {
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

export type CloudAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };
