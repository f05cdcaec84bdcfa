/** Outlives a test run that was killed, for a moment: ends the programs that it left behind. */
import { createInterface } from 'node:readline';

const pids = new Set<number>();

// Lines are "+pid" and "-pid"; the end of them is the end of who wrote them.
for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) pids.add(pid);
  else pids.delete(pid);
}
for (const pid of pids) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
