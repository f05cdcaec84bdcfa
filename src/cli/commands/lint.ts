// xenv lint: what the function would refuse in a catalog, and what is legal but wrong.
import type { Command } from 'commander';
import { catalogOf } from '../../catalog/parse.ts';
import { compact } from '../../json.ts';
import { type CatalogFile, catalogFilesOf, problemsOf } from '../input/catalogs.ts';
import { type Position, positionText } from '../input/documents.ts';
import { lint } from '../lint/lint.ts';
import { common, daysOption, nowOf, type Output } from '../options.ts';
import { markdownTable } from '../output/markdown.ts';
import { harmless, plural } from '../output/table.ts';

interface Options {
  readonly strict?: boolean;
  readonly days: number;
  readonly now?: Date;
  readonly output: Output;
}

interface Said extends Position {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
}

export function lintCommand(program: Command, answer: (text: string, code: number) => void): void {
  const command = program
    .command('lint')
    .summary('what the function would refuse in a catalog, and what is legal but wrong')
    .description(
      'Checks catalogs: everything that the function would refuse, and warnings of what is legal and probably wrong.\nCATALOG is a file with a Catalog, a Composition that has one as input, or an EnvironmentConfig; a folder of them; or - for standard input.',
    )
    .argument('<catalog...>', 'files, folders, or -')
    .option('--strict', 'warnings count as errors')
    .addOption(daysOption(30, 'warn of dates within so many days'))
    .addHelpText(
      'after',
      `
Exit code: 0 clean or warnings only, 1 errors (with --strict: warnings too), 2 cannot read the input.

Examples:
  xenv lint catalog.yaml
  xenv lint package/namespaced/composition.yaml --strict --days 60
  kubectl get composition environments -o yaml | xenv lint -`,
    );
  common(command, ['table', 'json', 'markdown']).action((files: string[], options: Options) => {
    const now = nowOf(options.now);
    const said = catalogFilesOf(files).flatMap((file) => saidOf(file, now, options.days));
    const errors = said.filter(({ severity }) => severity === 'error').length;
    const warnings = said.length - errors;
    const failed = errors > 0 || (options.strict === true && warnings > 0);
    answer(printed(said, errors, warnings, options.output), failed ? 1 : 0);
  });
}

function saidOf(file: CatalogFile, now: Date, days: number): Said[] {
  const problems = problemsOf(file);
  const errors = problems.map(({ path, message }) => placed(file, 'error', path, message));
  // What is refused as a whole has no meaning that could be looked at.
  if (errors.length > 0) return errors;
  return lint({ catalog: catalogOf(file.input), now, days }).map(({ path, message }) =>
    placed(file, 'warning', path, message),
  );
}

function placed(
  file: CatalogFile,
  severity: Said['severity'],
  path: string,
  message: string,
): Said {
  return { severity, ...compact(file.position(path)), path, message };
}

function printed(said: readonly Said[], errors: number, warnings: number, output: Output): string {
  const summary = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  if (output === 'json') return JSON.stringify({ errors, warnings, problems: said }, undefined, 2);
  if (output === 'markdown') {
    const rows = said.map((s) => [s.severity, positionText(s), s.path, s.message]);
    return said.length === 0
      ? `The catalog is clean.`
      : `${markdownTable(['', 'where', 'path', 'what'], rows)}\n\n${summary}`;
  }
  const lines = said.map((s) =>
    harmless(
      `${positionText(s)}: ${s.severity}: ${s.path === '' ? '' : `${s.path}: `}${s.message}`,
    ),
  );
  return [...lines, summary].join('\n');
}
