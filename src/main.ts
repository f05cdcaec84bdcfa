// The process: flags, then the server.
import { flagsOf, helpText } from './server/flags.ts';
import { serve } from './server/serve.ts';

function main(): void {
  try {
    const flags = flagsOf(process.argv.slice(2), process.env);
    if (flags === 'help') process.stdout.write(helpText());
    else serve(flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`function-xenvironment: ${message}\nTry --help.\n`);
    process.exit(2);
  }
}

main();
