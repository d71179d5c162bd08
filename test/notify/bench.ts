import type { TargetRecord } from '../../src/model/history.ts';
import type { Notice, ReceiverConfig } from '../../src/model/notification.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Report } from '../../src/model/report.ts';
import { Secret } from '../../src/model/secret.ts';
import type { Passed } from '../../src/notify/notices.ts';
import { type Notifications, openNotifications } from '../../src/notify/open.ts';
import type { ReceiverEvent } from '../../src/notify/receiver.ts';
import { toRecord } from '../../src/service/record.ts';
import { digestOf, NOW, REPOSITORY } from '../support/tags.ts';

export const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export const MOVE = {
  type: 'copy',
  tag: 'stable',
  from: '1.4.2',
  value: digestOf('1.4.2'),
  replaces: digestOf('1.4.1'),
  policy: 'shop',
  rule: 'channels[0]',
  mode: 'sync',
  because: 'newest version matching >=1.0.0',
} as const satisfies Operation;

export function aNotice(overrides: Partial<Notice> = {}): Notice {
  return {
    id: 'notice-1',
    type: 'changed',
    target: REPOSITORY,
    name: null,
    provider: 'huawei-swr',
    at: NOW,
    revision: 'sha256:rev',
    correlationId: 'sweep-1',
    runId: 'run-1',
    policies: ['shop'],
    changes: [MOVE],
    error: null,
    reasons: [],
    since: null,
    ...overrides,
  };
}

export function aReceiver(overrides: Partial<ReceiverConfig> = {}): ReceiverConfig {
  return {
    name: 'ops',
    type: 'webhook',
    url: new Secret('http://127.0.0.1:9/'),
    secrets: [new Secret(KEY)],
    events: ['changed', 'failed', 'refused', 'recovered'],
    accounts: null,
    policies: null,
    targets: null,
    groupMs: 20,
    messagesPerMinute: 6_000,
    maxLines: 30,
    ...overrides,
  };
}

/** Notifications with real connections, retried at once. */
export function openBench(
  receivers: readonly ReceiverConfig[],
  overrides: {
    readonly timeoutMs?: number;
    readonly attempts?: number;
    readonly now?: () => Date;
  } = {},
): { readonly notifications: Notifications; readonly events: ReceiverEvent[] } {
  const events: ReceiverEvent[] = [];
  const { attempts = 3, timeoutMs = 1_000, now = () => NOW } = overrides;
  let ids = 0;
  const notifications = openNotifications({
    receivers,
    onEvent: (event) => void events.push(event),
    now,
    random: () => 0.5,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    scrub: (text) => text.replaceAll('hunter22', '[secret]'),
    timeoutMs,
    retries: { attempts, minDelayMs: 10, maxDelayMs: 20 },
  });
  return { notifications, events };
}

/** What a pass came to: the operations, each applied unless an outcome is given. */
export function aReport(
  operations: readonly Operation[],
  overrides: { readonly refused?: string; readonly failed?: string; readonly path?: string } = {},
): Report {
  const { refused, failed, path } = overrides;
  const target = path === undefined ? REPOSITORY : { ...REPOSITORY, path };
  const outcome =
    failed === undefined
      ? ({ status: 'applied', attempts: 1 } as const)
      : ({ status: 'failed', code: 'PROVIDER_UNAVAILABLE', error: failed } as const);
  return {
    status: refused === undefined ? (operations.length > 0 ? 'drifted' : 'in-sync') : 'refused',
    target,
    name: null,
    provider: 'huawei-swr',
    plan: {
      target,
      operations,
      findings: [],
      verdict: refused === undefined ? { safe: true } : { safe: false, reasons: [refused] },
      digest: digestOf('plan'),
      protect: [],
      listed: 10,
    },
    performed: operations.map((operation) => ({
      operation,
      outcome: refused === undefined ? outcome : null,
    })),
  };
}

export const UNKNOWN: Report = {
  status: 'unknown',
  target: REPOSITORY,
  name: null,
  provider: 'huawei-swr',
  code: 'PROVIDER_AUTH',
  error: 'Cannot sign in',
  retriable: false,
  retryAfterMs: null,
};

const FACTS = { revision: 'sha256:rev', correlationId: 'sweep-1', runId: 'run-1' } as const;

export function recordOf(report: Report, at: Date = NOW): TargetRecord {
  return toRecord(report, { ...FACTS, passedAt: at, baseline: null });
}

/** A pass after another one; null: the first. */
export function aPass(report: Report, before: Report | null = null): Passed {
  return {
    ...FACTS,
    at: NOW,
    report,
    before: before === null ? null : recordOf(before, new Date(NOW.getTime() - 60_000)),
    after: recordOf(report),
    policies: ['shop'],
  };
}
