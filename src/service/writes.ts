import type { ApplyOptions } from '../apply/options.ts';
import type { Audit } from '../audit/stream.ts';
import { actorOf, audited } from '../audit/writes.ts';
import type { Clouds } from '../clouds.ts';
import type { PolicySet } from '../model/policy.ts';
import type { PassOptions, ReconcileRequest } from '../queue/engine.ts';
import type { Store } from '../store/store.ts';
import { createRecorder, type Recorder } from './history.ts';
import type { Holds } from './holds.ts';
import type { Observer } from './observe.ts';

export interface WriteParts {
  readonly clouds: Pick<Clouds, 'now'>;
  readonly store: Pick<Store, 'intend' | 'settle' | 'endRun'>;
  readonly holds: Pick<Holds, 'reason'>;
  /** Puts every write on record; null: nobody asked for it. */
  readonly audit: Audit | null;
  readonly observer: Pick<Observer, 'fencing' | 'duringWrite'>;
  readonly newId: () => string;
}

interface WritingPass {
  readonly parts: WriteParts;
  readonly request: ReconcileRequest;
  readonly set: Pick<PolicySet, 'revision'>;
  readonly options: PassOptions;
}

/** What holds a pass's writes back and what puts them on record. */
export interface Writes {
  readonly options: ApplyOptions;
  /** What is on record of the writes; null: there was none to tell of. */
  readonly book: () => Pick<Recorder, 'runId' | 'end'> | null;
}

/** Prepares the writes of a pass; the books are opened by the first one, as most passes make none. */
export function createWrites(pass: WritingPass): Writes {
  const { parts, request, options } = pass;
  const { holds, observer } = parts;
  let book: Recorder | null = null;
  const opened = (): Recorder => {
    book ??= openBook(pass);
    return book;
  };
  return {
    options: {
      signal: options.signal,
      checkLease: observer.fencing(options.checkLease),
      hold: (operation) => holds.reason(request.target, operation),
      during: observer.duringWrite,
      onIntent: (operation, plan) => opened().onIntent(operation, plan),
      onOutcome: (operation, outcome) => opened().onOutcome(operation, outcome),
    },
    book: () => book,
  };
}

function openBook({ parts, request, set }: WritingPass): Recorder {
  const { store, clouds, newId, audit } = parts;
  const { target, reason: cause, correlationId } = request;
  const { revision } = set;
  const header = { target, cause, correlationId, revision };
  const recorder = createRecorder({ store, pass: header, newId, now: clouds.now });
  const { runId } = recorder;
  const actor = actorOf(cause, correlationId);
  const facts = { actor, correlationId, commit: revision, target, runId };
  return { runId, end: () => recorder.end(), ...audited(audit, facts, recorder) };
}
