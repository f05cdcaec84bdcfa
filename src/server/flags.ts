// Flags and environment variables: one table, from which come parsing, the help text and the README's table.
import { parseArgs } from 'node:util';
import { type Address, addressOf } from './listen.ts';

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
  'metrics-address': {
    value: 'HOST:PORT',
    variable: 'METRICS_ADDRESS',
    default: '0.0.0.0:8080',
    text: 'where /metrics, /healthz and /readyz are; off: nowhere, as with --insecure unless it is given',
  },
  'max-recv-message-size': {
    value: 'MB',
    variable: 'MAX_RECV_MESSAGE_SIZE',
    default: '32',
    text: 'largest request that is taken; it has all observed resources in it',
  },
  now: {
    value: 'DATE',
    variable: 'XENVIRONMENT_NOW',
    text: 'a fixed clock, such as 2026-11-22T00:00:00Z',
  },
  'save-memory': { text: 'collect garbage often: less memory, fewer calls a second' },
  debug: { short: 'd', text: 'log every call' },
  help: { short: 'h', text: 'this text' },
} as const satisfies Readonly<Record<string, Flag>>;

export interface Flags {
  readonly address: Address;
  /** Folder of the certificates; undefined: no TLS. */
  readonly certificates: string | undefined;
  /** Of metrics and probes; undefined: nowhere. */
  readonly metrics: Address | undefined;
  /** Bytes. */
  readonly largestMessage: number;
  /** A fixed clock; undefined: the real one. */
  readonly now: Date | undefined;
  readonly saveMemory: boolean;
  readonly debug: boolean;
}

/** @throws Error whose message names the flag and says what would be right */
export function flagsOf(argv: readonly string[], environment: NodeJS.ProcessEnv): Flags | 'help' {
  const { values } = parseArgs({ args: [...argv], allowPositionals: false, options: OPTIONS });
  if (values.help === true) return 'help';
  const insecure = values.insecure === true;
  const given = (name: keyof typeof FLAGS): string | undefined => {
    const { variable }: Flag = FLAGS[name];
    const value = values[name] ?? (variable === undefined ? undefined : environment[variable]);
    return typeof value === 'string' ? value : undefined;
  };
  const textOf = (name: NamesWithDefault) => given(name) ?? FLAGS[name].default;
  const metrics = given('metrics-address') ?? (insecure ? OFF : textOf('metrics-address'));
  return {
    address: addressFrom('address', textOf('address')),
    certificates: insecure ? undefined : folderOf(textOf('tls-server-certs-dir')),
    metrics: metrics === OFF ? undefined : addressFrom('metrics-address', metrics),
    largestMessage: bytesOf(textOf('max-recv-message-size')),
    // An empty variable is as good as none; an empty flag is a mistake.
    now: clockOf(values.now ?? (given('now') || undefined)),
    saveMemory: values['save-memory'] === true,
    debug: values.debug === true,
  };
}

type NamesWithDefault = {
  [Name in keyof typeof FLAGS]: (typeof FLAGS)[Name] extends { default: string } ? Name : never;
}[keyof typeof FLAGS];

const OFF = 'off';

function addressFrom(name: string, text: string): Address {
  const address = addressOf(text);
  if (address !== undefined) return address;
  throw new Error(
    `--${name}: ${JSON.stringify(text)} is not an address; write it like 0.0.0.0:9443`,
  );
}

function bytesOf(megabytes: string): number {
  const bytes = Number(megabytes) * 1024 * 1024;
  if (/^\d{1,4}$/.test(megabytes) && bytes > 0) return bytes;
  throw new Error(
    `--max-recv-message-size: ${JSON.stringify(megabytes)} is not a whole number of megabytes from 1 to 9999`,
  );
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
