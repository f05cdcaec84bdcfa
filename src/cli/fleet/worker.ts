// A thread of the pool: answers a batch of jobs with what came of each.
import { parentPort, workerData } from 'node:worker_threads';
import { type Job, type Task, workerOf } from './work.ts';

export function serve(): void {
  const work = workerOf(workerData as Task);
  parentPort?.on('message', (jobs: readonly Job[]) => parentPort?.postMessage(jobs.map(work)));
}
