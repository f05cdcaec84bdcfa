// Flags and environment variables: what wins, what is refused, and that help text and README say the same.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FLAGS, type Flags, flagsOf, helpText } from '../../src/server/flags.ts';

function flags(argv: string[], environment: Record<string, string> = {}): Flags {
  const parsed = flagsOf(argv, environment);
  if (parsed === 'help') throw new Error('only the help text was asked for');
  return parsed;
}

test('without any it is as Crossplane starts a function', () => {
  expect(flags([], { TLS_SERVER_CERTS_DIR: '/tls/server' })).toEqual({
    address: { host: '0.0.0.0', port: 9443, text: '0.0.0.0:9443' },
    certificates: '/tls/server',
    metrics: { host: '0.0.0.0', port: 8080, text: '0.0.0.0:8080' },
    largestMessage: 32 * 1024 * 1024,
    now: undefined,
    saveMemory: false,
    debug: false,
  });
});

describe('a variable stands in for its flag, and the flag wins:', () => {
  test.each([
    {
      variable: 'TLS_SERVER_CERTS_DIR',
      flag: '--tls-server-certs-dir',
      key: 'certificates',
      a: '/a',
      b: '/b',
    },
    { variable: 'METRICS_ADDRESS', flag: '--metrics-address', key: 'metrics', a: ':1', b: ':2' },
    {
      variable: 'MAX_RECV_MESSAGE_SIZE',
      flag: '--max-recv-message-size',
      key: 'largestMessage',
      a: '1',
      b: '2',
    },
    { variable: 'XENVIRONMENT_NOW', flag: '--now', key: 'now', a: '2026-01-01', b: '2026-01-02' },
  ] as const)('$variable', ({ variable, flag, key, a, b }) => {
    const byFlag = flags([flag, a])[key];
    expect(flags([], { [variable]: a })[key]).toEqual(byFlag);
    expect(flags([flag, a], { [variable]: b })[key]).toEqual(byFlag);
    expect(flags([flag, b], { [variable]: a })[key]).not.toEqual(byFlag);
  });
});

test.each([
  { text: ':9443', host: undefined, port: 9443 },
  { text: '[::1]:9443', host: '::1', port: 9443 },
  { text: 'localhost:0', host: 'localhost', port: 0 },
])('$text is an address', ({ text, host, port }) => {
  expect(flags(['--address', text]).address).toEqual({ host, port, text });
});

test.each([
  { argv: ['--address', '9443'], says: '--address: "9443" is not an address; write it like' },
  { argv: ['--address', 'a:99999'], says: '--address: "a:99999" is not an address' },
  { argv: ['--address', '::1:9443'], says: '--address: "::1:9443" is not an address' },
  { argv: ['--metrics-address', ''], says: '--metrics-address: "" is not an address' },
  { argv: ['--max-recv-message-size', '0'], says: 'is not a whole number of megabytes' },
  { argv: ['--max-recv-message-size', '1.5'], says: 'is not a whole number of megabytes' },
  { argv: ['--tls-server-certs-dir', ''], says: 'is empty; name the folder, or write --insecure' },
])('$argv is refused', ({ argv, says }) => {
  expect(() => flagsOf(argv, {})).toThrow(says);
});

test('without TLS there are metrics only where they are asked for', () => {
  expect(flags(['--insecure']).metrics).toBeUndefined();
  expect(flags(['--insecure', '--metrics-address', ':1']).metrics?.port).toBe(1);
  expect(flags(['--metrics-address', 'off']).metrics).toBeUndefined();
});

test('the README’s table is the table of the code', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = Object.entries(FLAGS).map(([name, flag]) => {
    const value = 'value' in flag ? ` ${flag.value}` : '';
    const short = 'short' in flag ? `, \`-${flag.short}\`` : '';
    const cell = (key: 'variable' | 'default') =>
      key in flag ? `\`${(flag as Record<string, string>)[key]}\`` : '';
    return `| \`--${name}${value}\`${short} | ${cell('variable')} | ${cell('default')} | ${flag.text} |`;
  });
  const from = readme.indexOf('| flag | variable | default | |');
  expect(from).toBeGreaterThan(-1);
  const table = readme.slice(from, readme.indexOf('\n\n', from)).split('\n').slice(2);
  expect(table).toEqual(rows);
});

test('the help text has every flag, variable and default', () => {
  for (const [name, flag] of Object.entries(FLAGS)) {
    expect(helpText()).toContain(`--${name}`);
    expect(helpText()).toContain(flag.text);
    if ('variable' in flag) expect(helpText()).toContain(flag.variable);
    if ('default' in flag) expect(helpText()).toContain(flag.default);
  }
});
