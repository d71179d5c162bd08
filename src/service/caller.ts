import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Actor } from '../audit/entry.ts';
import { openAudit } from '../audit/open.ts';
import type { Audit } from '../audit/stream.ts';
import type { Config } from '../config/load.ts';
import { withContext } from '../telemetry/context.ts';
import type { Scrubber } from '../telemetry/scrub.ts';

/** Whoever runs a command that writes, and what their writes are put on record in. */
export interface Caller {
  readonly actor: Actor;
  readonly correlationId: string;
  readonly audit: Audit | null;
  /** Does the work with the command's id in the requests it sends. */
  readonly within: <T>(work: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** Opens the audit stream of a command; the file is not made before the first write. */
export function openCaller(
  { audit: place }: Pick<Config, 'audit'>,
  scrubber: Pick<Scrubber, 'scrub'>,
): Caller {
  const correlationId = `cli:${randomUUID()}`;
  const audit = openAudit({
    place,
    scrub: (text) => scrubber.scrub(text),
    now: () => new Date(),
    newId: randomUUID,
    // stdout is the result of the command.
    write: writeStderr,
  });
  return {
    actor: { type: 'cli', id: userName() },
    correlationId,
    audit,
    within: async (work) => await withContext({ correlation_id: correlationId }, work),
    close: async () => await audit?.close(),
  };
}

/** A user id without an entry has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

async function writeStderr(text: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    process.stderr.write(text, (error) => {
      if (error === undefined || error === null) done();
      else fail(error);
    });
  });
}
