// Placement rules: what compiles, what matches, and what nasty input does.
import { describe, expect, test } from 'vitest';
import { compileRule, type RuleInput } from '../../src/catalog/rules.ts';
import { quickest } from '../support/quickest.ts';

const input: RuleInput = {
  environment: {
    name: 'checkout',
    namespace: 'team-payments',
    team: 'ml',
    purpose: 'production',
    size: 'small',
    labels: {
      tier: 'gold',
      constructor: 'odd',
      long: 'x'.repeat(300),
      evil: `${'a'.repeat(250)}!`,
    },
    tools: { extra: [{ name: 'cert-manager' }], ci: { agents: { maximum: 5 } } },
    list: ['ml', 'web'],
    half: 0.5,
    nothing: null,
  },
  sizes: { small: { gke: { nodes: { maximum: 5 }, spot: true }, hourlyCost: { gke: 1 } } },
  cost: { gke: 0.05, vcluster: 1 },
};

function outcome(expression: string, given: RuleInput = input): unknown {
  const compiled = compileRule(expression);
  if (!compiled.ok) return `does not compile: ${compiled.message}`;
  const result = compiled.rule.matches(given);
  return result.ok ? result.matched : `fails: ${result.message}`;
}

describe('a rule matches as a Kubernetes user expects', () => {
  test.each([
    ['environment.purpose in ["staging", "production"]', true],
    ['environment.team == "ml" && !(environment.size == "large")', true],
    ['environment.labels["tier"] == "gold"', true],
    ['"tier" in environment.labels', true],
    ['"ml" in environment.list', true],
    ['has(environment.labels.nope)', false],
    ['has(environment.labels.tier) && environment.labels.tier.startsWith("go")', true],
    ['environment.tools.extra.exists(t, t.name == "cert-manager")', true],
    ['size(environment.list) == 2', true],
    ['environment.nothing == null', true],
    ['environment.nope == "x" || true', true],
    // Whole numbers are ints …
    ['sizes.small.gke.nodes.maximum > 3', true],
    ['sizes.small.gke.nodes.maximum * 2 == 10', true],
    ['sizes.small.gke.nodes.maximum / 2 == 2', true],
    ['sizes[environment.size].gke.nodes.maximum in [1, 5]', true],
    // … and compare with doubles by value.
    ['sizes.small.gke.nodes.maximum > 4.5', true],
    ['sizes.small.gke.nodes.maximum == 5.0', true],
    ['sizes.small.hourlyCost.gke < 1.5', true],
    ['environment.half < 1', true],
    // Costs are doubles, whole numbers too.
    ['cost.gke < 0.1', true],
    ['cost.gke > 0', true],
    ['cost.gke == 0', false],
    ['cost.vcluster == 1', true],
    ['cost.vcluster * 2.0 == 2.0', true],
    ['cost.gke < cost.vcluster', true],
    ['has(cost.gke)', true],
  ])('%s → %s', (expression, expected) => {
    expect(outcome(expression)).toBe(expected);
  });
});

describe('a rule that does not compile says why', () => {
  test.each([
    ['', /is empty/],
    ['environment.team ==', /unexpected token: EOF/],
    ['"unterminated', /unterminated string \(at character 1\)/],
    [
      'enviroment.team == "ml"',
      /unknown variable: enviroment .*did you mean "environment"\? known: cost, environment, sizes/,
    ],
    ['team == "ml"', /unknown variable: team .*known: cost, environment, sizes/],
    ['cost.eks > 1.0', /no such key: eks/],
    ['cost.gke + 1 > 2', /double \+ int.*write 1\.0/],
    ['environment', /type map, and a rule must give true or false/],
    ['"yes"', /type string, and a rule must give true or false/],
    ['1 + 1', /type int/],
    ['nope(1)', /nope\(int\)/],
    ['has(environment.labels["x"])', /has\(\) invalid argument/],
    ['true ? 1 : "a"', /same type/],
  ])('%s', (expression, message) => {
    expect(outcome(expression)).toMatch(message);
    expect(outcome(expression)).toMatch(/^does not compile/);
  });
});

describe('a rule that fails when it runs says why', () => {
  test.each([
    ['environment.tier == "x"', 'no such key: tier'],
    ['environment.labels["nope"] == "x"', 'no such key: nope'],
    ['environment.team', 'gives a value of type string, and a rule must give true or false'],
    ['environment.list', 'gives a value of type list, and a rule must give true or false'],
    ['environment.team + 1 > 2', 'no such overload: string + int'],
    ['!environment.team', 'no such overload: !string'],
    ['environment.list[7] == "x"', 'no such key: index out of bounds, index 7 >= size 2'],
    ['sizes.large.gke.nodes.maximum > 3', 'no such key: large'],
  ])('%s', (expression, message) => {
    expect(outcome(expression)).toBe(`fails: ${message}`);
  });

  test('a cost that a size does not have is named', () => {
    const given = { ...input, cost: { gke: 0.05, vcluster: undefined } };
    expect(outcome('cost.vcluster > 0.1', given)).toBe('fails: no such key: vcluster');
    expect(outcome('has(cost.vcluster)', given)).toBe(false);
  });
});

describe('whether a rule uses cost is known', () => {
  test.each([
    ['cost.gke > 0.1', true],
    ['has(cost.gke)', true],
    ['environment.list.exists(x, cost.gke > 0.1)', true],
    ['{"a": [cost.gke]}.a[0] > 0.1', true],
    ['environment.name == "cost"', false],
    ['has(environment.cost)', false],
  ])('%s → %s', (expression, expected) => {
    const compiled = compileRule(expression);
    expect(compiled.ok && compiled.rule.usesCost).toBe(expected);
  });
});

describe('no key reaches a prototype', () => {
  test.each([
    ['environment.__proto__ == null', 'fails: no such key: __proto__'],
    ['environment["__proto__"] == null', 'fails: no such key: __proto__'],
    ['environment.constructor == null', 'fails: no such key: constructor'],
    ['"toString" in environment', false],
    ['has(environment.constructor)', false],
    ['environment.labels.constructor == "odd"', true],
    ['environment.labels.exists(k, k == "constructor")', true],
  ])('%s → %s', (expression, expected) => {
    expect(outcome(expression)).toBe(expected);
  });

  test('a key __proto__ of the input is a key like any other', () => {
    const environment = { labels: JSON.parse('{"__proto__": {"admin": true}}') };
    expect(outcome('environment.labels["__proto__"].admin', { ...input, environment })).toBe(true);
    expect(outcome('has(environment.labels.admin)', { ...input, environment })).toBe(false);
  });

  test.each(['constructor == 1', 'toString == 1', 'hasOwnProperty == 1', 'globalThis == 1'])(
    '%s is an unknown variable',
    (expression) => {
      expect(outcome(expression)).toMatch(/unknown variable/);
    },
  );
});

describe('an expression is bounded', () => {
  test.each([
    ['parentheses', `${'('.repeat(2000)}true${')'.repeat(2000)}`],
    ['negations', `${'!'.repeat(4000)}true`],
    ['minus signs', `${'-'.repeat(4000)}1 > 0`],
    ['lists', '['.repeat(2000) + ']'.repeat(2000)],
    ['fields', `environment${'.a'.repeat(2000)}`],
    ['ternaries', `${'true?'.repeat(400)}true${':true'.repeat(400)}`],
    ['sums', `1${'+1'.repeat(2000)} > 0`],
    ['length', `true ${'|| true '.repeat(1000)}`],
  ])('many %s are refused with a message', (_what, expression) => {
    expect(outcome(expression)).toMatch(/does not compile: (exceeded max|the expression)/);
  });

  test('a list of two hundred teams is fine', () => {
    const teams = Array.from({ length: 200 }, (_, i) => `"team-${i}"`).join(', ');
    expect(outcome(`environment.team in [${teams}, "ml"]`)).toBe(true);
  });
});

describe('matches takes patterns that cannot keep the function busy', () => {
  test.each([
    ['environment.namespace.matches("^team-[a-z]+$")', true],
    ['environment.namespace.matches("pay")', true],
    ['environment.namespace.matches("^(team|group)-(pay|ship)ments?$")', true],
    ['environment.namespace.matches("^[a-z]+-[a-z]+-[0-9]+$")', false],
    ['environment.namespace.matches(r"^\\w{4}-\\w{8}$")', true],
    ['environment.namespace.matches("^a|payments$")', true],
  ])('%s → %s', (expression, expected) => {
    expect(outcome(expression)).toBe(expected);
  });

  test.each([
    ['(a+)+$', /repeats a group with \+/],
    ['(a|a)*$', /repeats a group with \*/],
    ['(a+){9}', /repeats a group with \{9\}/],
    ['^a*a*a*a*a*b$', /too many ways to match/],
    ['.*.*.*.*x', /too many ways to match/],
    [`^${'a?'.repeat(20)}$`, /too many ways to match/],
    ['(?=a)b', /kind that is not supported/],
    ['(?<n>a)', /kind that is not supported/],
    ['(a)\\\\1', /back-reference/],
    ['(', /is not valid: Unterminated group/],
    ['a**', /is not valid: Nothing to repeat/],
  ])('pattern %s is refused', (pattern, message) => {
    expect(outcome(`environment.name.matches("${pattern}")`)).toMatch(message);
  });

  test('a pattern must be text in quotes', () => {
    expect(outcome('environment.name.matches(environment.team)')).toMatch(/must be text in quotes/);
    expect(outcome('environment.name.matches()')).toMatch(/does not compile/);
  });

  test('a subject must be text, and not too long', () => {
    expect(outcome('environment.labels.matches("x")')).toBe('fails: matches needs text, not map');
    expect(outcome('environment.labels.long.matches("x")')).toBe(true);
    expect(outcome('environment.labels.long.matches("^x*x*x*y")')).toMatch(
      /300 characters, and with this pattern it reads at most 161/,
    );
    expect(outcome('(1).matches("x")')).toMatch(/does not compile: matches needs text, not int/);
  });

  test.each([
    ['^a*b', 2048],
    ['a*b', 1183],
    ['^a*a*b$', 1183],
    ['a*a*b', 161],
    ['a?.*b.*c', 128],
    ['^a*a*[a-z]*a*b$', 64],
    [`^${'(a|a)?'.repeat(5)}a*b`, 683],
  ])('%s on its worst subject takes less than a tenth of a second', (pattern, length) => {
    const subject = `${'a'.repeat(length - 1)}!`;
    const given = { ...input, environment: { subject } };
    const time = quickest(() =>
      expect(outcome(`environment.subject.matches("${pattern}")`, given)).toBe(false),
    );
    expect(time).toBeLessThan(100);
  });
});

test('a compiled rule may run many times, and leaves its input as it was', () => {
  const compiled = compileRule('environment.list.filter(x, x != "web").size() == 1');
  const before = structuredClone(input);
  for (let i = 0; i < 3; i++) {
    expect(compiled.ok && compiled.rule.matches(input)).toEqual({ ok: true, matched: true });
  }
  expect(input).toEqual(before);
});
