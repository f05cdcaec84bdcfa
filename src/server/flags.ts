// Flags and environment variables: one table, from which come parsing, the help text and the README's table.
import { parseArgs } from 'node:util';

interface Flag {
  /** Left out: a switch. */
  readonly value?: string;
  readonly short?: string;
  /** Environment variable that stands in for the flag; the flag wins. */
  readonly variable?: string;
  readonly default?: string;
  readonly text: string;
}

/** Sorted as in the help text: what everybody needs first. */
export const FLAGS = {
  address: { value: 'HOST:PORT', default: '0.0.0.0:9443', text: 'where to listen' },
  'tls-server-certs-dir': {
    value: 'DIR',
    variable: 'TLS_SERVER_CERTS_DIR',
    default: '/tls/server',
    text: 'folder with tls.crt, tls.key and ca.crt',
  },
  insecure: { text: 'no TLS: for crossplane render and development' },
  now: {
    value: 'DATE',
    variable: 'XENVIRONMENT_NOW',
    text: 'a fixed clock, such as 2026-11-22T00:00:00Z',
  },
  debug: { short: 'd', text: 'log every call' },
  help: { short: 'h', text: 'this text' },
} as const satisfies Readonly<Record<string, Flag>>;

export interface Flags {
  readonly address: string;
  /** Folder of the certificates; undefined: no TLS. */
  readonly certificates: string | undefined;
  /** A fixed clock; undefined: the real one. */
  readonly now: Date | undefined;
  readonly debug: boolean;
}

/** @throws Error whose message names the flag and says what would be right */
export function flagsOf(argv: readonly string[], environment: NodeJS.ProcessEnv): Flags | 'help' {
  const { values } = parseArgs({ args: [...argv], allowPositionals: false, options: OPTIONS });
  if (values.help === true) return 'help';
  const textOf = (name: keyof typeof FLAGS): string | undefined => {
    const { variable, default: usual }: Flag = FLAGS[name];
    const given = values[name] ?? (variable === undefined ? undefined : environment[variable]);
    return typeof given === 'string' ? given : usual;
  };
  return {
    address: textOf('address') ?? '',
    certificates:
      values.insecure === true ? undefined : folderOf(textOf('tls-server-certs-dir') ?? ''),
    now: clockOf(values.now ?? (textOf('now') || undefined)),
    debug: values.debug === true,
  };
}

const OPTIONS = Object.fromEntries(
  Object.entries<Flag>(FLAGS).map(([name, { value, short }]) => [
    name,
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      ...(short === undefined ? {} : { short }),
    },
  ]),
);

/** An empty folder is a mistake in a manifest, and never a wish for plaintext. */
function folderOf(folder: string): string {
  if (folder !== '') return folder;
  throw new Error('--tls-server-certs-dir: is empty; name the folder, or write --insecure');
}

function clockOf(now: string | boolean | undefined): Date | undefined {
  if (now === undefined) return undefined;
  const moment = Date.parse(String(now));
  if (!Number.isNaN(moment)) return new Date(moment);
  throw new Error(
    `--now: ${JSON.stringify(now)} is not a date; write it like 2026-11-22T00:00:00Z`,
  );
}

export function helpText(): string {
  const rows = Object.entries<Flag>(FLAGS).map(([name, flag]) => {
    const short = flag.short === undefined ? '' : `-${flag.short}, `;
    const value = flag.value === undefined ? '' : ` ${flag.value}`;
    return { left: `${short}--${name}${value}`, lines: [flag.text, ...elsewhere(flag)] };
  });
  const width = Math.max(...rows.map(({ left }) => left.length));
  const lines = rows.flatMap(({ left, lines: [first = '', ...rest] }) => [
    `  ${left.padEnd(width)}  ${first}`,
    ...rest.map((line) => `  ${' '.repeat(width)}  ${line}`),
  ]);
  return `Usage: function-xenvironment [flags]

A Crossplane composition function: environments from three lines.

${lines.join('\n')}
`;
}

/** Where the value comes from without the flag. */
function elsewhere({ variable, default: usual }: Flag): string[] {
  const sources = [
    ...(variable === undefined ? [] : [`environment variable ${variable}`]),
    ...(usual === undefined ? [] : [usual]),
  ];
  return sources.length === 0 ? [] : [`(default: ${sources.join(', else ')})`];
}
