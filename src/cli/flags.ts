import type { ReportStatus } from '../model/report.ts';

/** Forms of a result. */
export const FORMATS = ['text', 'json', 'ndjson', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

/** What makes a plan refused that is carried out otherwise. */
export const FAIL_ON = ['moved-protected'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** Shells that `completion` writes a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Options of `plan`. */
export interface PlanFlags {
  readonly config?: string;
  readonly target?: string;
  readonly out?: string;
  readonly output: Format;
  readonly detailedExitcode?: boolean;
  readonly failOn?: FailOn;
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

/** Options of commands that can ask a service instead of its store. */
export interface ServerFlags {
  readonly server?: string;
  readonly tokenFile?: string;
}

/** Options of `explain`. */
export interface ExplainFlags extends ServerFlags {
  readonly config?: string;
  readonly snapshot?: string;
  readonly test?: string;
  readonly policies?: string;
  readonly output: ShortFormat;
}

/** Options of `pause` and `resume`. */
export interface HoldFlags extends ServerFlags {
  readonly config?: string;
  readonly target?: string;
  readonly policy?: string;
  readonly deletes?: boolean;
  readonly reason?: string;
}

/** Options of `status`. */
export interface StatusFlags extends ServerFlags {
  readonly config?: string;
  readonly target?: string;
  readonly status?: ReportStatus;
  readonly limit: number;
  readonly output: ShortFormat;
}

/** Options of `history`. */
export interface HistoryFlags extends ServerFlags {
  readonly config?: string;
  readonly run?: string;
  readonly tag?: string;
  readonly limit: number;
  readonly output: ShortFormat;
}

/** Options of `undo`. */
export interface UndoFlags {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly confirm: readonly string[];
  readonly output: Format;
}
