#!/usr/bin/env node
// xenv: the function's core on a command line, offline. In a worker of a large fleet it is one of its threads.
import { isMainThread } from 'node:worker_threads';
import { serve } from './fleet/worker.ts';
import { run } from './run.ts';

async function main(): Promise<void> {
  // `xenv plan … | head` closes the pipe: then there is nobody to tell.
  process.stdout.on('error', () => process.exit());
  process.exitCode = await run(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}

if (isMainThread) await main();
else serve();
