import type { Command } from 'commander';
import { declaredProgram } from '../../tools/cli-reference.ts';

/** What the real command line says against these arguments; null: they would run. Nothing is run. */
export async function problemOfCall(given: readonly string[]): Promise<string | null> {
  const program = declaredProgram();
  for (const leaf of leavesOf(program)) leaf.action(() => undefined);
  try {
    await program.parseAsync([...given], { from: 'user' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A command that only has others keeps its own action: to tell which they are. */
function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}
