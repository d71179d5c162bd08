import type { Target } from '../model/target.ts';
import { refuseAborted } from './cancelled.ts';
import type { LearnedFacts } from './registry.ts';

/** How a registry, or the API in front of it, deletes a tag. */
export type DeleteMethod =
  /** The tag is taken away and nothing else; proved with two scratch tags of one content. */
  | 'by-tag'
  /** The content goes, with every name it has, so the tag gets a content of its own first. */
  | 'by-digest';

/** Knows how to delete at one registry, once it has been found out. */
export interface DeleteMethods {
  /** What this process or another one has found out; null: nobody yet. */
  recall(): Promise<DeleteMethod | null>;
  /** The method, proved in this repository when nobody knows it. Throws PROVIDER_REJECTED when the registry refuses deletes. */
  read(target: Target, check: () => void, signal: AbortSignal): Promise<DeleteMethod>;
  /** Something else than a proof has shown the method. */
  note(method: DeleteMethod): Promise<void>;
}

/** Where it is kept what was found out. */
export interface Learning {
  readonly account: string;
  /** Host that the deletes are sent to. */
  readonly host: string;
  readonly learnedFacts: LearnedFacts | null;
}

type Prove = (target: Target, check: () => void, signal: AbortSignal) => Promise<DeleteMethod>;

/** One proof at a time, and none once it is known; kept for all processes where there is a store. */
export function createProvedMethods(
  { account, host, learnedFacts }: Learning,
  prove: Prove,
): DeleteMethods {
  const fact = `delete-method:${host}`;
  let known: DeleteMethod | null = null;
  let proving: Promise<unknown> | null = null;

  const recall = async (): Promise<DeleteMethod | null> => {
    if (known !== null) return known;
    try {
      const value = (await learnedFacts?.learned(account, fact)) ?? null;
      known = value === 'by-tag' || value === 'by-digest' ? value : null;
    } catch {
      // A silent store costs a proof, not the delete.
    }
    return known;
  };
  const note = async (method: DeleteMethod): Promise<void> => {
    known = method;
    try {
      await learnedFacts?.learn(account, fact, method);
    } catch {
      // This process knows it; others prove it again.
    }
  };
  const find: Prove = async (...asked) => {
    const recalled = await recall();
    if (recalled !== null) return recalled;
    const method = await prove(...asked);
    await note(method);
    return method;
  };
  return {
    recall,
    note,
    async read(target, check, signal) {
      for (;;) {
        refuseAborted(target, signal);
        if (known !== null) return known;
        if (proving === null) {
          const mine = find(target, check, signal);
          proving = mine;
          try {
            return await mine;
          } finally {
            proving = null;
          }
        }
        // Another delete's proof may fail for reasons of its own, such as a pause of its target.
        await settled(proving, signal);
      }
    },
  };
}

/** Resolves when the work is over, one way or the other, or when it is not waited for any more. */
async function settled(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const left = Promise.withResolvers<void>();
  const leave = (): void => left.resolve();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([work.catch(() => null), left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
