/** Lets the first of many equal log lines through, and counts the others. */
export interface Repeats {
  /** False: this one is left out. */
  admit(key: string): boolean;
}

export interface RepeatsOptions {
  /** How many of the same a minute are worth reading. */
  readonly most: number;
  readonly windowMs: number;
  /** Told when the window of a key ends, of which some were left out. */
  readonly onLeftOut: (key: string, count: number) => void;
}

/** Keys are bounded, so that a text that varies does not make it grow. */
const MOST_KEYS = 1_000;

/** Windows begin with the first of their key, each by itself; the timers do not keep the process. */
export function createRepeats({ most, windowMs, onLeftOut }: RepeatsOptions): Repeats {
  const windows = new Map<string, { count: number }>();
  const begin = (key: string): { count: number } => {
    const window = { count: 0 };
    windows.set(key, window);
    setTimeout(() => {
      windows.delete(key);
      if (window.count > most) onLeftOut(key, window.count - most);
    }, windowMs).unref();
    return window;
  };
  return {
    admit(key) {
      const known = windows.get(key);
      if (known === undefined && windows.size >= MOST_KEYS) return true;
      const window = known ?? begin(key);
      window.count += 1;
      return window.count <= most;
    },
  };
}
