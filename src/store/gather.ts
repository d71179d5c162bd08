import { withDeadline } from '../model/deadline.ts';
import { ANSWER_MS, ask } from './ask.ts';

/** A call that asks the store for many at once. */
export interface Gathering<Asked, Answer> {
  /** Completes "Cannot …" for whoever asked. */
  readonly what: (asked: Asked) => string;
  /** Of two with the same key the second waits for the next call. */
  readonly keyOf: (asked: Asked) => string;
  /** Asked for at once, at most. */
  readonly most: number;
  /** One answer for each, in their order. */
  readonly call: (asked: readonly Asked[]) => Promise<readonly Answer[]>;
}

interface Waiting<Asked, Answer> {
  readonly asked: Asked;
  readonly key: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for one. All that is asked for while a call is under way goes into the next, which goes out when that one is answered,
 * or 2 s late; with none under way it goes out at the end of the turn of the event loop. Throws as ask() does, within 2 s.
 */
export function gather<Asked, Answer>(
  gathering: Gathering<Asked, Answer>,
): (asked: Asked) => Promise<Answer> {
  let waiting: Waiting<Asked, Answer>[] = [];
  let isUnderWay = false;

  const send = async (): Promise<void> => {
    while (waiting.length > 0) {
      const [chosen, rest] = choose(waiting, gathering.most);
      waiting = rest;
      let isLate = false;
      try {
        await withDeadline(
          settle(chosen, gathering, () => isLate),
          ANSWER_MS,
        );
      } catch {
        // Those who asked have heard by now; what never answers must not hold up the others.
        isLate = true;
      }
    }
    isUnderWay = false;
  };
  return async (asked) =>
    await ask(
      gathering.what(asked),
      async () =>
        await new Promise<Answer>((resolve, reject) => {
          waiting.push({ asked, key: gathering.keyOf(asked), resolve, reject });
          if (!isUnderWay) setImmediate(() => void send());
          isUnderWay = true;
        }),
    );
}

/** What goes into the next call, and what has to wait for another. */
function choose<Asked, Answer>(
  waiting: readonly Waiting<Asked, Answer>[],
  most: number,
): [chosen: Waiting<Asked, Answer>[], rest: Waiting<Asked, Answer>[]] {
  const chosen = new Map<string, Waiting<Asked, Answer>>();
  const rest: Waiting<Asked, Answer>[] = [];
  for (const one of waiting) {
    if (chosen.size < most && !chosen.has(one.key)) chosen.set(one.key, one);
    else rest.push(one);
  }
  return [[...chosen.values()], rest];
}

/** Never throws. A call that fails is made for each alone, lest what the store cannot take of one fails the others. */
async function settle<Asked, Answer>(
  chosen: readonly Waiting<Asked, Answer>[],
  gathering: Gathering<Asked, Answer>,
  isLate: () => boolean,
): Promise<void> {
  try {
    const answers = await gathering.call(chosen.map(({ asked }) => asked));
    for (const [at, { resolve, reject }] of chosen.entries()) {
      const answer = answers[at];
      if (answer === undefined) reject(new Error('an answer is missing'));
      else resolve(answer);
    }
  } catch (error) {
    if (chosen.length === 1 || isLate()) for (const { reject } of chosen) reject(error);
    else await Promise.all(chosen.map(async (one) => await settle([one], gathering, isLate)));
  }
}
