import { withDeadline } from '../model/deadline.ts';
import { ANSWER_MS, unavailable } from './ask.ts';

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
  /** Rejects, unless it is cleared before. */
  readonly timer: NodeJS.Timeout;
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
  // Every pass asks twice: what ask() does, with no promise but the one that is handed out.
  return (asked) =>
    new Promise((resolve, reject) => {
      const key = gathering.keyOf(asked);
      const giveUp = (): void => {
        const cause = new Error(`no answer within ${ANSWER_MS / 1_000} s`);
        reject(unavailable(gathering.what(asked), cause));
      };
      waiting.push({ asked, key, resolve, reject, timer: setTimeout(giveUp, ANSWER_MS) });
      if (!isUnderWay) setImmediate(() => void send());
      isUnderWay = true;
    });
}

/** What goes into the next call, and what has to wait for another. */
function choose<Asked, Answer>(
  waiting: readonly Waiting<Asked, Answer>[],
  most: number,
): [chosen: Waiting<Asked, Answer>[], rest: Waiting<Asked, Answer>[]] {
  const keys = new Set<string>();
  const chosen: Waiting<Asked, Answer>[] = [];
  const rest: Waiting<Asked, Answer>[] = [];
  for (const one of waiting) {
    if (chosen.length < most && !keys.has(one.key)) {
      keys.add(one.key);
      chosen.push(one);
    } else rest.push(one);
  }
  return [chosen, rest];
}

/** Never throws. A call that fails is made for each alone, lest what the store cannot take of one fails the others. */
async function settle<Asked, Answer>(
  chosen: readonly Waiting<Asked, Answer>[],
  gathering: Gathering<Asked, Answer>,
  isLate: () => boolean,
): Promise<void> {
  try {
    const answers = await gathering.call(chosen.map(({ asked }) => asked));
    for (let at = 0; at < chosen.length; at += 1) {
      const answer = answers[at];
      const one = chosen[at];
      if (one === undefined) continue;
      if (answer === undefined) fail(one, gathering, new Error('an answer is missing'));
      else {
        clearTimeout(one.timer);
        one.resolve(answer);
      }
    }
  } catch (error) {
    if (chosen.length === 1 || isLate()) for (const one of chosen) fail(one, gathering, error);
    else await Promise.all(chosen.map(async (one) => await settle([one], gathering, isLate)));
  }
}

function fail<Asked, Answer>(
  { asked, reject, timer }: Waiting<Asked, Answer>,
  { what }: Gathering<Asked, Answer>,
  cause: unknown,
): void {
  clearTimeout(timer);
  reject(unavailable(what(asked), cause));
}
