import { ConfigErrors } from '../config/load.ts';
import { ReconcileError } from '../model/errors.ts';
import { PolicyErrors, renderIssue } from '../policy/issue.ts';
import { escapeControls } from '../report/words.ts';

/** Words for an error that ended a command. A stack is shown only for a defect of ours. */
export function describeError(error: unknown): string {
  if (error instanceof PolicyErrors || error instanceof ConfigErrors) {
    const issues = error.issues.map((issue) => `${renderIssue(issue)}\n`).join('\n');
    const count = error.issues.length === 1 ? '1 error' : `${error.issues.length} errors`;
    return `${issues}\n${count}; nothing was contacted.\n`;
  }
  // A cloud or a server may have had a say in it.
  if (error instanceof ReconcileError) {
    return `error[${error.code}] ${error.message.split('\n').map(escapeControls).join('\n')}\n`;
  }
  if (error instanceof Error) {
    return `error[INTERNAL] ${error.stack ?? error.message}\nThis is a defect of tagwarden; please report it.\n`;
  }
  return `error[INTERNAL] ${String(error)}\n`;
}
