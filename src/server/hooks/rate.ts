/** Requests a second on the long run, and at once after a pause. */
interface Pace {
  readonly perSecond: number;
  readonly burst: number;
}

/** What senders may cost before anything is verified. */
export interface RateLimits {
  /** Without a credential that could be right: refused by their head. */
  readonly unsigned: Pace;
  /** With one, per source; a delivery that proves right gives its token back. */
  readonly signed: Pace;
  /** The same for all sources together that have not proved right within the hour. */
  readonly strangers: Pace;
}

export const RATE_LIMITS: RateLimits = {
  unsigned: { perSecond: 20, burst: 100 },
  signed: { perSecond: 50, burst: 200 },
  strangers: { perSecond: 200, burst: 400 },
};

const MOST_SOURCES = 10_000;
const MOST_FRIENDS = 1_000;
const FRIEND_MS = 3_600_000;

/** Keeps failures cheap without keeping those out who prove right. */
export interface Gate {
  /** Seconds to wait before the next try; null: go on. */
  admit(source: string, isSigned: boolean): number | null;
  /** True: a delivery of this source proved right within the hour. */
  isFriend(source: string): boolean;
  /** The delivery it let through proved right. */
  proved(source: string): void;
}

interface Source {
  readonly unsigned: Bucket;
  readonly signed: Bucket;
}

/** Buckets per source and for all; both kinds of memory are bounded. */
export function createGate(monotonicMs: () => number, limits = RATE_LIMITS): Gate {
  const sources = new Map<string, Source>();
  const friends = new Map<string, number>();
  const strangers = new Bucket(limits.strangers, monotonicMs());
  const bucketsOf = (source: string): Source => {
    const known = sources.get(source);
    if (known) return known;
    const nowMs = monotonicMs();
    const made = {
      unsigned: new Bucket(limits.unsigned, nowMs),
      signed: new Bucket(limits.signed, nowMs),
    };
    keep(sources, { key: source, value: made, most: MOST_SOURCES });
    return made;
  };
  const isFriend = (source: string): boolean =>
    monotonicMs() - (friends.get(source) ?? -Infinity) < FRIEND_MS;
  return {
    isFriend,
    admit(source, isSigned) {
      const own = bucketsOf(source);
      const nowMs = monotonicMs();
      if (!isSigned) return own.unsigned.take(nowMs);
      const waitS = own.signed.take(nowMs);
      return waitS === null && !isFriend(source) ? strangers.take(nowMs) : waitS;
    },
    proved(source) {
      if (!isFriend(source)) strangers.giveBack();
      bucketsOf(source).signed.giveBack();
      friends.delete(source);
      keep(friends, { key: source, value: monotonicMs(), most: MOST_FRIENDS });
    },
  };
}

/** Puts it last; the first goes when there are too many. */
function keep<V>(
  map: Map<string, V>,
  { key, value, most }: { readonly key: string; readonly value: V; readonly most: number },
): void {
  const [oldest] = map.keys();
  if (map.size >= most && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

class Bucket {
  readonly #pace: Pace;
  #tokens: number;
  #atMs: number;

  constructor(pace: Pace, nowMs: number) {
    this.#pace = pace;
    this.#tokens = pace.burst;
    this.#atMs = nowMs;
  }

  /** Null: taken; else the seconds until there is one. */
  take(nowMs: number): number | null {
    const { perSecond, burst } = this.#pace;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) / 1_000) * perSecond);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return Math.max(1, Math.ceil((1 - this.#tokens) / perSecond));
    this.#tokens -= 1;
    return null;
  }

  giveBack(): void {
    this.#tokens = Math.min(this.#pace.burst, this.#tokens + 1);
  }
}
