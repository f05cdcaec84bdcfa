// Dumps are cut into resources wherever their chunks end, and every resource comes out as a parser would read it.
import { describe, expect, test } from 'vitest';
import { parseItem } from '../../src/cli/fleet/parse-item.ts';
import { splitJson } from '../../src/cli/fleet/split-json.ts';
import { splitYaml } from '../../src/cli/fleet/split-yaml.ts';

function chunks(text: string, size: number): Buffer[] {
  const all = Buffer.from(text);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    all.subarray(i * size, (i + 1) * size),
  );
}

function read(text: string, size: number, split: typeof splitYaml) {
  return [...split(chunks(text, size))].flatMap(({ bytes, line, offset }) => {
    expect(
      Buffer.from(text)
        .subarray(offset, offset + bytes.length)
        .equals(bytes),
    ).toBe(true);
    const place = { text: bytes.toString('utf8') };
    return parseItem({ file: 'dump', line, place }).map((resource) => ({ line, resource }));
  });
}

const SIZES = [1, 2, 3, 7, 64, 100_000];

const LIST = `apiVersion: v1
items:
- apiVersion: v1
  kind: A
  metadata:
    annotations:
      text: |
        - apiVersion: v1
          kind: Inside
        ---- no marker
        items:
    name: ünï
  list:
  - a
  - b
-   kind: B
    value: "two
      lines"
# a comment
- kind: C
kind: List
metadata:
  resourceVersion: ""
`;

describe.each(SIZES)('in chunks of %i bytes', (size) => {
  test('a List of kubectl gives its items, and what looks like one in a text does not', () => {
    const items = read(LIST, size, splitYaml);
    expect(items.map(({ resource }) => resource.kind)).toEqual(['A', 'B', 'C']);
    expect(items.map(({ line }) => line)).toEqual([3, 16, 20]);
    expect(items[0]?.resource).toMatchObject({
      metadata: {
        name: 'ünï',
        annotations: { text: '- apiVersion: v1\n  kind: Inside\n---- no marker\nitems:\n' },
      },
      list: ['a', 'b'],
    });
    expect(items[1]?.resource.value).toBe('two lines');
  });

  test('documents, Lists that are indented, and Lists in flow style can follow each other', () => {
    const text = `# nothing\n---\nkind: A\n--- # another\nkind: List\nitems:\n  - kind: B\n    items:\n    - 1\n  - kind: C\n---\n{kind: List, items: [{kind: D}, {kind: E}]}\n...\n---\nkind: F\r\nvalue: 1\r\n`;
    const items = read(text, size, splitYaml);
    expect(items.map(({ resource }) => resource.kind)).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
    expect(items[1]?.resource.items).toEqual([1]);
  });

  test('JSON gives the items of a List, and the documents that follow each other', () => {
    const inner = { kind: 'A', text: 'a } "quoted\\" ] {', items: [{ kind: 'Inside' }] };
    const list = JSON.stringify({ kind: 'List', items: [inner, { kind: 'B' }] }, undefined, 4);
    const items = read(`${list}\n{"kind":"C","items":{"x":[1]}}`, size, splitJson);
    expect(items.map(({ resource }) => resource)).toEqual([
      inner,
      { kind: 'B' },
      { kind: 'C', items: { x: [1] } },
    ]);
    expect(items.map(({ line }) => line)).toEqual([4, 13, 18]);
  });
});

test('managedFields are skipped, and lines behind them keep their numbers', () => {
  const text =
    'kind: A\nmetadata:\n  managedFields:\n  - apiVersion: v1\n    fieldsV1:\n      f:metadata: {}\n  name: x\nspec: {a: b: c}\n';
  expect(() => parseItem({ file: 'dump', line: 10, place: { text } })).toThrow(/^dump:17:/);
  const good = text.replace('a: b: c', 'a: 1');
  expect(parseItem({ file: 'dump', line: 1, place: { text: good } })).toEqual([
    { kind: 'A', metadata: { name: 'x' }, spec: { a: 1 } },
  ]);
});

test.each([
  ['yaml', 'kind: A\nspec: [\n', /^dump:\d+:\d+: /],
  ['json', '{"kind": "A",\n "spec": [1, }', /^dump:6:\d+: /],
])('what is no %s is told with its line and column', (_, text, message) => {
  expect(() => parseItem({ file: 'dump', line: 5, place: { text } })).toThrow(message);
});
