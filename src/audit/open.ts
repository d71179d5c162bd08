import { hostname } from 'node:os';
import { createFileSink, createLineSink } from './sink.ts';
import { type Audit, createAudit } from './stream.ts';

export interface OpenAuditOptions {
  /** Null: no audit stream. */
  readonly place:
    | { readonly type: 'folder'; readonly path: string; readonly maxBytes: number }
    | { readonly type: 'stream' }
    | null;
  readonly scrub: (text: string) => string;
  readonly now: () => Date;
  /** Sets processes apart that start at the same moment under the same number, as in containers. */
  readonly newId: () => string;
  /** Receives lines where the place is a stream. */
  readonly write: (text: string) => Promise<void>;
}

/** The audit stream of this process; null: none is configured. Nothing is opened before the first write. */
export function openAudit({ place, scrub, now, newId, write }: OpenAuditOptions): Audit | null {
  if (place === null) return null;
  if (place.type === 'stream') return createAudit({ sink: createLineSink(write), scrub, now });
  const { path: folder, maxBytes } = place;
  const time = now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '');
  const host = hostname()
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 64);
  const name = `audit-${time}-${host}-${process.pid}-${newId().slice(0, 8)}`;
  return createAudit({ sink: createFileSink({ folder, name, maxBytes }), scrub, now });
}
