// What the commands about one environment have in common: its file, the catalog, what was observed.
import type { Command } from 'commander';
import type { JsonObject } from '../../step.ts';
import { environmentOf } from '../environment-file.ts';
import type { Environment } from '../fleet/environments.ts';
import { catalogFileOf } from '../input/catalogs.ts';
import { common, nowOf, type Output } from '../options.ts';

interface Options {
  readonly catalog: string;
  readonly observed?: string;
  readonly now?: Date;
  readonly output: Output;
}

/** What was given. */
export interface Given {
  readonly environment: Environment;
  readonly input: JsonObject;
  readonly now: Date;
  readonly output: Output;
}

export function aboutEnvironment(
  command: Command,
  outputs: readonly Output[],
  action: (given: Given) => void,
): void {
  command
    .argument('<environment>', 'a file with one Environment or XEnvironment, or -')
    .requiredOption('--catalog <file>', 'the catalog')
    .option('--observed <file>', 'its composed resources, if it exists');
  common(command, outputs).action((file: string, options: Options) => {
    const environment = environmentOf(file, options.observed);
    const { input } = catalogFileOf(options.catalog);
    action({ environment, input, now: nowOf(options.now), output: options.output });
  });
}
