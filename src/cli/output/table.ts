// Tables for a terminal: aligned columns without lines, so that they can be piped on.
import Table from 'cli-table3';
import pc from 'picocolors';

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: head.map((title) => pc.bold(title)),
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  made.push(...rows.map((row) => row.map(harmless)));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and messages come from files: no escape sequence may reach the terminal. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '�');
}

const COLOURS = {
  refused: pc.red,
  expires: pc.red,
  deprecated: pc.yellow,
  waits: pc.yellow,
  moves: pc.magenta,
  cost: pc.cyan,
  upgrades: pc.green,
  unchanged: pc.dim,
} as const;

export function coloured(verdict: keyof typeof COLOURS): string {
  return COLOURS[verdict](verdict);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
