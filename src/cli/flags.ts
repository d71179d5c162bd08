/** Forms of a result. */
export const FORMATS = ['text', 'json', 'ndjson', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

/** Options of `plan`. */
export interface PlanFlags {
  readonly config?: string;
  readonly target?: string;
  readonly out?: string;
  readonly output: Format;
  readonly detailedExitcode?: boolean;
}

/** Options of `apply`. */
export interface ApplyFlags {
  readonly config?: string;
  readonly target?: string;
  readonly confirm: readonly string[];
  readonly output: Format;
}

/** Options of `run`. */
export interface RunFlags {
  readonly config?: string;
  readonly role: string;
  readonly host?: string;
  readonly port?: number;
}

/** Options of `simulate`. */
export interface SimulateFlags {
  readonly host: string;
  readonly port: number;
  readonly seed?: string;
}

/** Options of `demo`. */
export interface DemoFlags {
  readonly once?: boolean;
  readonly timeout: number;
}

/** Forms of a result that is no list of reports. */
export const SHORT_FORMATS = ['text', 'json'] as const;
type ShortFormat = (typeof SHORT_FORMATS)[number];

/** Options of `test`. */
export interface TestFlags {
  readonly config?: string;
  readonly policies?: string;
  readonly output: ShortFormat;
}

/** Options of `snapshot`. */
export interface SnapshotFlags {
  readonly config?: string;
  readonly out?: string;
  readonly force?: boolean;
}

/** Options of `explain`. */
export interface ExplainFlags {
  readonly config?: string;
  readonly snapshot?: string;
  readonly policies?: string;
  readonly output: ShortFormat;
}
