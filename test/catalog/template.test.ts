// Values with `${…}`: types, text, escapes, braces, and nasty input.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax under test
import { describe, expect, test } from 'vitest';
import { compileTemplate, type TemplateInput } from '../../src/catalog/template.ts';
import type { Json } from '../../src/step.ts';

const input: TemplateInput = {
  environment: {
    name: 'checkout',
    team: 'ml',
    replicas: 3,
    ratio: 2.5,
    on: true,
    nothing: null,
    list: [1, 'x', { deep: [true] }],
    map: { a: 1, ['__proto__']: { b: 2 } },
  },
  cluster: { type: 'gke', name: 'c-1', location: 'europe-west1', host: '', version: '1.35' },
  tool: { name: 'cert-manager', version: '1.18.2', namespace: 'cert-manager' },
};

function render(value: Json): unknown {
  const compiled = compileTemplate(value);
  if (!compiled.ok) return compiled.problems;
  const result = compiled.template.render(input);
  return result.ok ? { value: result.value } : `${result.path}: ${result.message}`;
}

describe('a string that is one expression keeps its type', () => {
  test.each<[string, Json]>([
    ['${environment.name}', 'checkout'],
    ['${environment.replicas}', 3],
    ['${environment.replicas + 1}', 4],
    ['${environment.ratio}', 2.5],
    ['${environment.on}', true],
    ['${environment.nothing}', null],
    ['${environment.list}', [1, 'x', { deep: [true] }]],
    ['${cluster.type == "gke" ? 3 : 1}', 3],
    ['${[1, "two", {"three": 3.5}]}', [1, 'two', { three: 3.5 }]],
    ['${{"a": {"b": 1}}}', { a: { b: 1 } }],
    ['${1u}', 1],
    ['${size(environment.list)}', 3],
    ['${tool}', { name: 'cert-manager', version: '1.18.2', namespace: 'cert-manager' }],
  ])('%s', (text, expected) => {
    expect(render(text)).toEqual({ value: expected });
  });
});

describe('in a text everything becomes text', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['${environment.name}.${cluster.location}.acme.example', 'checkout.europe-west1.acme.example'],
    ['n=${environment.replicas} r=${environment.ratio} on=${environment.on}', 'n=3 r=2.5 on=true'],
    [' ${environment.replicas}', ' 3'],
    ['${tool.name}${tool.version}', 'cert-manager1.18.2'],
  ])('%s', (text, expected) => {
    expect(render(text)).toEqual({ value: expected });
  });

  test.each([
    ['a ${environment.list}', 'list'],
    ['a ${environment.map}', 'map'],
    ['a ${environment.nothing}', 'null'],
  ])('%s is refused', (text, type) => {
    expect(render(text)).toBe(
      `: a value of type ${type} cannot stand inside a text; let the expression be the whole string`,
    );
  });
});

describe('$${ is a literal ${, and other signs are themselves', () => {
  test.each([
    ['$${x}', '${x}'],
    ['a$${b}-${tool.name}', 'a${b}-cert-manager'],
    ['$$${x}', '$${x}'],
    ['$', '$'],
    ['$$', '$$'],
    ['}', '}'],
    ['{{ .Values.x }} $(HOME) $HOME', '{{ .Values.x }} $(HOME) $HOME'],
  ])('%s → %s', (text, expected) => {
    expect(render(text)).toEqual({ value: expected });
  });
});

describe('braces inside of CEL do not end the expression', () => {
  test.each([
    ['${"}"}', '}'],
    ["${'}'}-", '}-'],
    ['${"\\"}"}', '"}'],
    ['${r"\\d}"}', '\\d}'],
    ['${"""a"}"""}', 'a"}'],
    ["${'''a'}'''}", "a'}"],
    ['${{"a": {"b": "}"}}.a.b}', '}'],
    ['${// }\n environment.name}', 'checkout'],
    ['x${"${"}y', 'x${y'],
  ])('%s', (text, expected) => {
    expect(render(text)).toEqual({ value: expected });
  });
});

describe('what does not compile is a problem with its path', () => {
  test.each<[string, Json, string, RegExp]>([
    ['no end', { a: ['${environment.name'] }, 'a[0]', /expression without end/],
    ['only a beginning', '${', '', /expression without end/],
    ['an open quote', { a: { b: 'x ${"abc} y' } }, 'a.b', /a quote is open/],
    ['nothing in it', { a: '${ }' }, 'a', /is empty/],
    [
      'an unknown variable',
      { a: '${team}' },
      'a',
      /unknown variable: team .*known: cluster, environment, tool/,
    ],
    ['an unknown field of the cluster', { a: '${cluster.nope}' }, 'a', /no such key: nope/],
    ['an unknown field of the tool', { a: '${tool.nope}' }, 'a', /no such key: nope/],
    ['bad syntax', { a: '${1 +}' }, 'a', /unexpected token/],
    ['a second expression', { a: '${tool.name}${1 +}' }, 'a', /unexpected token/],
    ['a dangerous pattern', { a: '${tool.name.matches("(a+)+")}' }, 'a', /repeats a group/],
    ['too much', { a: `\${${'1+'.repeat(4000)}1}` }, 'a', /more than 4096 characters/],
  ])('%s', (_what, value, path, message) => {
    expect(render(value)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  test('all problems are reported together', () => {
    expect(render({ a: '${nope}', b: ['${', '${1 +}'] })).toMatchObject([
      { path: 'a' },
      { path: 'b[0]' },
      { path: 'b[1]' },
    ]);
  });

  test('values that are nested thousands of levels deep', () => {
    let value: Json = '${environment.name}';
    for (let i = 0; i < 20_000; i++) value = i % 2 === 0 ? [value] : { a: value };
    expect(render(value)).toMatchObject([{ message: 'is nested more than 64 levels deep' }]);
  });
});

describe('what fails when it runs is a failure with its path', () => {
  test.each<[string, Json, string]>([
    ['a missing key', { a: [{ b: '${environment.nope}' }] }, 'a[0].b: no such key: nope'],
    ['a missing key in a text', { a: 'x-${environment.nope}' }, 'a: no such key: nope'],
    [
      'an int that JSON cannot hold',
      { a: '${9007199254740993}' },
      'a: 9007199254740993 is no JSON number',
    ],
    ['infinity', '${1.0 / 0.0}', ': Infinity is no JSON number'],
    [
      'a duration',
      '${duration("1h")}',
      ': a duration is no JSON value; turn it into text or a number',
    ],
    ['a division by zero', '${1 / 0}', ': division by zero'],
  ])('%s', (_what, value, failure) => {
    expect(render(value)).toBe(failure);
  });
});

test('keys are literal, and everything that is no string is left alone', () => {
  const value = { '${environment.name}': 1, a: null, b: [true, 2.5], c: {} };
  expect(render(value)).toEqual({ value });
});

test('__proto__ and constructor are keys like any other', () => {
  const value = JSON.parse('{"__proto__": {"polluted": "${tool.name}"}, "constructor": "x"}');
  const result = render(value) as { value: object };
  expect(JSON.stringify(result.value)).toBe(
    '{"__proto__":{"polluted":"cert-manager"},"constructor":"x"}',
  );
  expect(Object.getPrototypeOf(result.value)).toBe(Object.prototype);
  expect(render('${environment.map}')).toEqual({ value: input.environment.map });
  expect(render('${environment.constructor}')).toBe(': no such key: constructor');
});

test('a template is compiled once and rendered for many', () => {
  const compiled = compileTemplate({ host: '${environment.name}.acme' });
  if (!compiled.ok) throw new Error('does not compile');
  const hosts = ['a', 'b', 'a'].map((name) =>
    compiled.template.render({ ...input, environment: { name } }),
  );
  expect(hosts).toEqual(
    ['a.acme', 'b.acme', 'a.acme'].map((host) => ({ ok: true, value: { host } })),
  );
});
