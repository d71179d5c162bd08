import { globMatcher } from '../model/glob.ts';
import type { TargetRecord } from '../model/history.ts';
import type { ReportStatus } from '../model/report.ts';
import { type Target, targetKey } from '../model/target.ts';
import type { Console, ConsoleStore } from './console.ts';

const PAGE = 500;

export interface RecordQuery {
  /** Over `account/path`; null: all. */
  readonly glob: string | null;
  readonly status: ReportStatus | null;
}

/** Records of the targets the deployment has met, page by page, sorted by target. */
export async function* knownRecords(
  store: Pick<ConsoleStore, 'targets'>,
  { glob, status }: RecordQuery,
): AsyncGenerator<TargetRecord> {
  const isMeant = glob === null ? () => true : globMatcher([glob]);
  let after: string | null = null;
  do {
    const page = await store.targets({
      status,
      account: accountOf(glob),
      glob,
      after,
      limit: PAGE,
    });
    for (const record of page.items) if (isMeant(targetKey(record.target))) yield record;
    after = page.next;
  } while (after !== null);
}

/** Targets the deployment has met whose `account/path` matches; those of accounts that are gone are left out. */
export async function* knownTargets(
  { store, isConfigured }: Pick<Console, 'store' | 'isConfigured'>,
  glob: string,
): AsyncGenerator<Target> {
  for await (const { target } of knownRecords(store, { glob, status: null })) {
    if (isConfigured(target.account)) yield target;
  }
}

/** The account a glob is about; null: its first segment is a pattern itself. */
function accountOf(glob: string | null): string | null {
  const account = /^([^*?[\]{}\\/]+)\//.exec(glob ?? '')?.[1];
  return account ?? null;
}
