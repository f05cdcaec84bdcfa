// Jobs on as many threads as there are processors: parsing YAML and composing are all computation.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Done, type Job, type Task, workerOf } from './work.ts';

/** Jobs that go to a worker at once. */
const BATCH = 25;
/** Below this starting workers takes longer than they save. */
const FEW = 100;
/** Each holds a copy of the program and of the catalogs. */
const MOST_WORKERS = 8;

/** The program itself, which serves in a worker; bundled, it is one file with this one. */
const PROGRAM = import.meta.url.endsWith('/pool.ts')
  ? new URL('../xenv.ts', import.meta.url)
  : new URL(import.meta.url);
/** Megabytes: without a limit V8 lets garbage grow with the memory of the machine. A batch needs a few. */
const LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 192 } as const;

export async function runAll(
  task: Task,
  jobs: readonly Job[],
  onDone: (done: Done) => void,
): Promise<Done[]> {
  if (jobs.length < FEW) return inThisThread(task, jobs, onDone);
  const results: Done[] = new Array(jobs.length);
  let next = 0;
  const threads = Math.min(availableParallelism(), MOST_WORKERS);
  await Promise.all(Array.from({ length: threads }, () => drain()));
  return results;

  async function drain(): Promise<void> {
    const worker = new Worker(PROGRAM, {
      workerData: task,
      resourceLimits: LIMITS,
    });
    try {
      while (next < jobs.length) {
        const start = next;
        next += BATCH;
        const answers = await exchanged(worker, jobs.slice(start, start + BATCH));
        answers.forEach((done, i) => {
          results[start + i] = done;
          onDone(done);
        });
      }
    } finally {
      await worker.terminate();
    }
  }
}

function inThisThread(task: Task, jobs: readonly Job[], onDone: (done: Done) => void): Done[] {
  const work = workerOf(task);
  return jobs.map((job) => {
    const done = work(job);
    onDone(done);
    return done;
  });
}

function exchanged(worker: Worker, jobs: readonly Job[]): Promise<readonly Done[]> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', onMessage);
      worker.off('error', onError);
    };
    const onMessage = (answers: readonly Done[]) => {
      settle();
      resolve(answers);
    };
    const onError = (error: unknown) => {
      settle();
      reject(error);
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.postMessage(jobs);
  });
}
