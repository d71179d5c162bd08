/** Memory and open handles of one process at one moment. */
export interface Sample {
  readonly minute: number;
  readonly name: string;
  readonly pid: number;
  readonly rssMb: number;
  readonly handles: number;
}

/** How one process grew after its warm-up. */
export interface Trend {
  readonly name: string;
  readonly firstMb: number;
  readonly lastMb: number;
  readonly minutes: number;
  readonly mbPer10Min: number;
  readonly handlesPer10Min: number;
}

const WARM_UP_MINUTES = 10;
/** Slopes of shorter spans say nothing: a process that was restarted is judged only when it lived on. */
const LEAST_MINUTES = 8;
const MAX_MB = 1;
const MAX_HANDLES = 2;

/** A line through the samples of each process that lived long enough, those of its warm-up left out. */
export function trendsOf(samples: readonly Sample[], totalMinutes: number): readonly Trend[] {
  const from = Math.min(totalMinutes / 3, WARM_UP_MINUTES);
  const late = samples.filter(({ minute }) => minute >= from);
  const least = Math.min(LEAST_MINUTES, (totalMinutes - from) * 0.8);
  return [...Map.groupBy(late, ({ name, pid }) => `${name} ${pid}`).values()]
    .map(trendOf)
    .filter(({ minutes }) => minutes >= least);
}

function trendOf(samples: readonly Sample[]): Trend {
  const [first, last] = [samples[0], samples.at(-1)];
  return {
    name: first?.name ?? '',
    firstMb: first?.rssMb ?? 0,
    lastMb: last?.rssMb ?? 0,
    minutes: (last?.minute ?? 0) - (first?.minute ?? 0),
    mbPer10Min: slopePer10Min(samples, ({ rssMb }) => rssMb),
    handlesPer10Min: slopePer10Min(samples, ({ handles }) => handles),
  };
}

export function renderTrend(trend: Trend): string {
  const { name, firstMb, lastMb, minutes, mbPer10Min, handlesPer10Min } = trend;
  return (
    `${name}: ${firstMb.toFixed(1)} -> ${lastMb.toFixed(1)} MB over ${minutes.toFixed(0)} min, ` +
    `slope ${mbPer10Min.toFixed(2)} MB and ${handlesPer10Min.toFixed(2)} handles per 10 min`
  );
}

/** What grew more than promised; the fake clouds may, as they keep a journal. */
export function tooSteep({ name, mbPer10Min, handlesPer10Min }: Trend): readonly string[] {
  if (name === 'clouds') return [];
  return [
    ...(mbPer10Min > MAX_MB ? [`${name} gains ${mbPer10Min.toFixed(2)} MB per 10 min`] : []),
    ...(handlesPer10Min > MAX_HANDLES
      ? [`${name} gains ${handlesPer10Min.toFixed(2)} handles per 10 min`]
      : []),
  ];
}

/** Least squares. */
function slopePer10Min(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const xMean = mean(samples.map(({ minute }) => minute));
  const yMean = mean(samples.map(read));
  const above = mean(samples.map((one) => (one.minute - xMean) * (read(one) - yMean)));
  const below = mean(samples.map((one) => (one.minute - xMean) ** 2));
  return below === 0 ? 0 : (10 * above) / below;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
