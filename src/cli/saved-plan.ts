import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readVersion } from '../config/version.ts';
import { ReconcileError } from '../model/errors.ts';
import { globMatcher } from '../model/glob.ts';
import type { Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { FORMAT_VERSION } from '../report/json.ts';

const Document = z.object({
  format_version: z.literal(FORMAT_VERSION),
  digest: z.string(),
  policy_revision: z.string(),
  plans: z.array(
    z.object({ target: z.string(), status: z.string(), digest: z.string().nullish() }),
  ),
});

/** What a plan of any release says of itself. */
const Origin = z.object({
  format_version: z.string(),
  tool_version: z.string().default('unknown'),
});

/** What `plan --out` wrote. */
export interface SavedPlan {
  readonly file: string;
  /** Over all plans of the file. */
  readonly digest: string;
  readonly policyRevision: string;
  /** Plan digest by target, of the targets that were to change. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Reads the part of a saved plan that `--target` leaves; null: all. Throws CONFIG_INVALID. */
export async function readSavedPlan(file: string, target: string | null): Promise<SavedPlan> {
  const isMeant = target === null ? () => true : globMatcher([target]);
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    refuseFormat(file, json);
    const document = Document.parse(json);
    const changing = document.plans.flatMap(({ target: key, status, digest }) =>
      digest && isMeant(key) && (status === 'drifted' || status === 'refused')
        ? [[key, digest] as const]
        : [],
    );
    const { digest, policy_revision: policyRevision } = document;
    return { file, digest, policyRevision, digests: new Map(changing) };
  } catch (cause) {
    if (cause instanceof ReconcileError) throw cause;
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot read saved plan "${file}": it is missing or not a plan, wanted a file written by plan --out`,
      { cause },
    );
  }
}

/** Throws CONFIG_INVALID for a plan in a format that this release does not read. */
function refuseFormat(file: string, json: unknown): void {
  const origin = Origin.safeParse(json).data;
  if (origin === undefined || origin.format_version === FORMAT_VERSION) return;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot read saved plan "${file}": it has format ${origin.format_version}, of tagwarden ${origin.tool_version}, wanted format ` +
      `${FORMAT_VERSION}, which this release (${readVersion()}) reads; nothing was written, run plan --out again with this release`,
  );
}

/** Throws PLAN_STALE when these changed since the plan was made. */
export function refuseMoved({ file }: SavedPlan, moved: readonly string[]): void {
  if (moved.length === 0) return;
  throw new ReconcileError(
    'PLAN_STALE',
    `Cannot apply saved plan "${file}": ${moved.slice(0, 5).join(', ')}` +
      `${moved.length > 5 ? ` and ${moved.length - 5} more` : ''} changed since it was made; ` +
      'nothing was written, run plan --out again',
  );
}

/** Targets of the saved plan whose plan is another one now. */
export function movedTargets({ digests }: SavedPlan, fresh: readonly Report[]): readonly string[] {
  const now = new Map(
    fresh.map((report) => [
      targetKey(report.target),
      report.status === 'unknown' ? null : report.plan.digest,
    ]),
  );
  return [...digests]
    .filter(([target, digest]) => now.get(target) !== digest)
    .map(([target]) => target);
}
