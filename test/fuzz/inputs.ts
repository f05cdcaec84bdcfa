// What nobody should send: random messages, real ones with changes, catalogs, expressions and patterns.
import { isObject } from '../../src/json.ts';
import type { Random } from './random.ts';

const NASTY: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '',
    ' ',
    '__proto__',
  ],
  ...[
    'constructor',
    'a'.repeat(5000),
    '${',
    '${{',
    '${environment.name',
    '../..',
    '\u0000',
    '\ud800',
  ],
  ...['2026-13-45', '9999999h', '1e9Gi', '*'.repeat(50), 'é'.repeat(100), '{{ .Values }}', [], {}],
  ...[
    [[]],
    [null],
    JSON.parse('{"__proto__": {"polluted": 1}}'),
    { constructor: { prototype: 1 } },
  ],
];

/** A message of fields with random numbers and kinds, some of them messages again. */
export function randomMessage(random: Random, depth = 0): Buffer {
  const fields: Buffer[] = [];
  for (let i = random.below(6); i >= 0; i--) {
    const number = random.below(10) === 0 ? random.below(1 << 20) : 1 + random.below(9);
    const wire = random.pick([0, 1, 2, 2, 2, 2, 2, 5, 3, 4]);
    fields.push(varint(number * 8 + wire), fieldContent(random, wire, depth));
  }
  return Buffer.concat(fields);
}

function fieldContent(random: Random, wire: number, depth: number): Buffer {
  if (wire === 0) return varint(random.below(1 << 30));
  if (wire === 1) return bytes(random, 8);
  if (wire === 5) return bytes(random, 4);
  if (wire !== 2) return Buffer.alloc(0);
  const inner = depth < 12 && random.below(3) > 0 ? randomMessage(random, depth + 1) : text(random);
  const wrong = random.below(40) === 0 ? random.below(200) : 0;
  return Buffer.concat([varint(inner.length + wrong), inner]);
}

function text(random: Random): Buffer {
  const known = ['metadata', 'managedFields', 'spec', 'kubeconfig', 'status', '__proto__', 'é', ''];
  return random.below(3) > 0 ? Buffer.from(random.pick(known)) : bytes(random, random.below(20));
}

function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Buffer.from([...out, rest]);
}

/** Bytes changed, put in, taken out, cut off, or copied from elsewhere. */
export function changedBytes(random: Random, message: Buffer): Buffer {
  let changed = Buffer.from(message);
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(changed.length + 1);
    const [before, after] = [changed.subarray(0, at), changed.subarray(at)];
    switch (random.below(5)) {
      case 0:
        if (at < changed.length) changed[at] = random.below(256);
        break;
      case 1:
        changed = Buffer.concat([before, bytes(random, 1 + random.below(8)), after]);
        break;
      case 2:
        changed = Buffer.concat([before, after.subarray(random.below(20))]);
        break;
      case 3:
        changed = Buffer.from(random.below(4) === 0 ? before : changed);
        break;
      default: {
        const from = random.below(changed.length + 1);
        const copied = changed.subarray(from, from + random.below(200));
        changed = Buffer.concat([before, copied, after]);
      }
    }
  }
  return changed;
}

/** The value with something nasty somewhere in it. */
export function changedValue(random: Random, value: unknown): unknown {
  const keys = isObject(value) || Array.isArray(value) ? Object.keys(value) : [];
  if (keys.length === 0 || random.below(6) === 0) return random.pick(NASTY);
  const key = random.pick(keys);
  const inner = (value as Record<string, unknown>)[key];
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const action = random.below(8);
  if (action === 0) Reflect.deleteProperty(copy, key);
  else {
    const name = action === 1 ? random.pick(['__proto__', 'constructor', `${key}x`]) : key;
    const to = changedValue(random, inner);
    Object.defineProperty(copy, name, {
      value: to,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}

/** Lines of a document taken out, doubled, moved in or changed. */
export function changedLines(random: Random, document: string): string {
  const lines = document.split('\n');
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    const to = random.pick([
      [],
      [line, line],
      [`  ${line}`],
      [line.replace(':', '')],
      [line.slice(0, random.below(line.length + 1))],
      [`${line}&a *a`],
      [line.replace(/[^ ]+$/, random.pick(['~', '[', '{a: 1}', '"', '!!binary x', '2026-01-01']))],
    ]);
    lines.splice(at, 1, ...to);
  }
  return lines.join('\n');
}

const WORDS = [
  ...['environment', 'sizes', 'cost', '.purpose', '.team', '.gke', '["a"]', '==', '!=', '&&', '||'],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '?',
    ':',
    ',',
    '"x"',
    "'y'",
    '1',
    '1.5',
    '-',
    '+',
    '*',
    '/',
    '%',
  ],
  ...['in', 'true', 'null', '.matches("', 'a*b*', '")', '.size()', 'has(', '.all(x, ', '.map(x, '],
  ...[
    '.exists(x, ',
    '.filter(x, ',
    'x',
    'r"',
    'b"',
    '\\',
    '\n',
    '9'.repeat(30),
    'string(',
    'é',
    '!',
  ],
];

const VALID = [
  'environment.purpose == "production"',
  'environment.team.matches("^a[a-z]*$") || environment.purpose in ["a", "b"]',
  'environment.labels.all(k, k == "a" && environment.labels[k] != "")',
  'environment.labels.map(k, k + k).size() > 1 ? true : false',
  'environment.name + "." + tool.name',
  'tool.version == "1" ? environment.name : "x"',
  'environment.purpose',
];

/** Words at random, or an expression that is right with some of them in it. */
export function expression(random: Random): string {
  const words = (most: number) =>
    Array.from({ length: random.below(most) }, () => random.pick(WORDS));
  if (random.below(2) === 0) return words(18).join(' ');
  const valid = random.pick(VALID);
  const at = random.below(valid.length);
  return valid.slice(0, at) + words(3).join('') + valid.slice(at + random.below(2));
}

const PARTS = [
  ...[
    'a',
    'b',
    '.',
    '\\d',
    '\\w',
    '[a-z]',
    '[^a]',
    '(',
    '(?:',
    ')',
    '*',
    '+',
    '?',
    '{2,}',
    '{1,9}',
  ],
  ...['|', '^', '$', '\\b', '\\1', '(?=', '*?', '\\p{L}', '[', ']', '{', 'é', '\\u{1F600}'],
];

export function pattern(random: Random): string {
  return Array.from({ length: 1 + random.below(12) }, () => random.pick(PARTS)).join('');
}

export function subject(random: Random, longest: number): string {
  const letters = random.pick(['a', 'ab', 'aab', 'a1_', 'aé']);
  const length = random.below(longest + 1);
  return letters.repeat(length).slice(0, Math.max(0, length - 1)) + random.pick(['', '!', 'a']);
}
