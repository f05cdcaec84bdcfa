// The process: flags, then the server until somebody asks it to end.
import { setFlagsFromString } from 'node:v8';
import { messageOf } from './server/errors.ts';
import { type Flags, flagsOf, helpText } from './server/flags.ts';
import { LIMITS } from './server/limits.ts';
import { makeLogger } from './server/log.ts';
import { serve } from './server/serve.ts';

/** Full garbage collections come when the heap has grown by a twentieth: not while it first fills. */
const SAVING = '--heap-growing-percent=5';
const STARTED_MS = 3_000;

async function run(flags: Flags): Promise<void> {
  const logger = makeLogger(flags.debug);
  try {
    const running = await serve(flags, LIMITS, logger);
    if (flags.saveMemory) setTimeout(setFlagsFromString, STARTED_MS, SAVING).unref();
    const stop = async (signal: string) => {
      // Whoever asks twice does not want to wait.
      process.once(signal, () => process.exit(1));
      logger.info(`${signal}: ending`);
      await running.stop();
      process.exit(0);
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    logger.fatal(messageOf(error));
    process.exit(1);
  }
}

function main(): void {
  try {
    const flags = flagsOf(process.argv.slice(2), process.env);
    if (flags === 'help') process.stdout.write(helpText());
    else void run(flags);
  } catch (error) {
    process.stderr.write(`function-xenvironment: ${messageOf(error)}\nTry --help.\n`);
    process.exit(2);
  }
}

main();
