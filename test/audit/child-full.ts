import { createFileSink } from '../../src/audit/sink.ts';
import { createAudit } from '../../src/audit/stream.ts';
import { aWrite } from './write.ts';

/** Writes until it is refused several times, or dies after its first intent; says how often it was taken. */
const [, , folder = '', mode] = process.argv;
const audit = createAudit({
  sink: createFileSink({ folder, name: 'audit-child', maxBytes: 1_000_000 }),
  now: () => new Date(),
  scrub: (text) => text,
});
const counts = { kept: 0, refused: 0 };
for (let at = 0; at < 30; at += 1) {
  try {
    await audit.intent(aWrite(`v${at}`));
    counts.kept += 1;
  } catch {
    counts.refused += 1;
  }
  if (mode === 'die') process.kill(process.pid, 'SIGKILL');
}
process.stdout.write(JSON.stringify(counts));
