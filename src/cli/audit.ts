import { type AuditPlace, verifyAudit } from '../audit/verify.ts';
import { ReconcileError } from '../model/errors.ts';
import { escapeControls } from '../report/words.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** `audit verify PATH`: checks the chain of audit files; exit 1 with file:line where it does not hold. */
export async function verify(path: string, { stdout }: CliContext): Promise<ExitCode> {
  const { files, records, writes, breaks, open, notes } = await read(path);
  if (files === 0) throw cannotVerify(path, 'it holds no audit file');
  for (const place of breaks) stdout.write(`BREAK ${render(place)}\n`);
  for (const place of open) stdout.write(`open  ${render(place)}\n`);
  for (const place of notes) stdout.write(`note  ${render(place)}\n`);
  const verdict = breaks.length === 0 ? 'The chain holds' : `The chain has ${breaks.length} breaks`;
  stdout.write(
    `${verdict}: ${files} files, ${records} records, ${writes} writes, ${open.length} without a result.\n`,
  );
  return breaks.length === 0 ? EXIT.ok : EXIT.error;
}

function render({ file, line, what }: AuditPlace): string {
  // Whoever altered a file also chose its words.
  return escapeControls(`${file}:${line}: ${what}`);
}

async function read(path: string): ReturnType<typeof verifyAudit> {
  try {
    return await verifyAudit(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw cannotVerify(path, code, { cause });
  }
}

function cannotVerify(path: string, reason: string, options?: ErrorOptions): ReconcileError {
  const message = `Cannot verify "${path}": ${reason}, an audit file or a folder of them was wanted`;
  return new ReconcileError('CONFIG_INVALID', message, options);
}
