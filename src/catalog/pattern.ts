// The patterns of CEL's `matches`: a subset that cannot backtrack for long, with a bound on what it is matched with.
import { failure, type Outcome } from './outcome.ts';

export interface Pattern {
  readonly expression: RegExp;
  /** Characters of the longest subject. */
  readonly longest: number;
}
export const NOTHING: Pattern = { expression: /(?!)/, longest: 0 };

/** What a RegExp may try in the worst case: about a tenth of a second. */
const MOST_STEPS = 700_000;
const LONGEST_SUBJECT = 2048;
/** A pattern must at least take the longest label value. */
const SHORTEST_SUBJECT = 63;

const TOKEN = /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?:?|[*+?]\??|\{[\d,]+\}\??|[\s\S]/gu;

export function compilePattern(source: string): Outcome<'pattern', Pattern> {
  const name = `pattern ${JSON.stringify(source.slice(0, 80))}`;
  const tokens = source.match(TOKEN) ?? [];
  const wrong = unsupported(tokens);
  if (wrong !== undefined) return failure(`${name} ${wrong}`);
  try {
    // Nobody reads the groups, and remembering them takes time.
    const plain = tokens.map((token) => (token === '(' ? '(?:' : token)).join('');
    const expression = new RegExp(plain, 'u');
    const longest = Math.min(LONGEST_SUBJECT, longestSubject(tokens));
    if (longest >= SHORTEST_SUBJECT) return { ok: true, pattern: { expression, longest } };
    return failure(`${name} has too many ways to match; begin it with ^, or repeat (* + {}) less`);
  } catch (error) {
    const { message } = error as Error;
    return failure(`${name} is not valid: ${message.slice(message.lastIndexOf(': ') + 2)}`);
  }
}

/**
 * A JavaScript RegExp tries one way to match after the other, where Kubernetes' RE2 follows all at
 * once: a developer's label could stop the function for hours, and cel-js brings nothing else.
 * With only single characters repeated, and no memory, the ways can be counted.
 */
function unsupported(tokens: readonly string[]): string | undefined {
  for (const [i, token] of tokens.entries()) {
    if (token === '(?') return 'has a group of a kind that is not supported; write (…) or (?:…)';
    if (/^\\[1-9k]/.test(token)) return `has a back-reference, ${token}, which is not supported`;
    if (tokens[i - 1] === ')' && /^[*+{]/.test(token)) {
      return `repeats a group with ${token}; repeat single characters or classes like [a-z]`;
    }
  }
  return undefined;
}

/**
 * Each repetition, and where the match begins, can end at any character after the one before; each
 * alternative doubles that: length^free / free! * 2^choices steps.
 */
function longestSubject(tokens: readonly string[]): number {
  const repetitions = tokens.filter((token) => /^([*+]|\{\d+,)/.test(token)).length;
  const choices = tokens.filter((token) => /^[|?]/.test(token)).length;
  const free = repetitions + (isAnchored(tokens) ? 0 : 1);
  let steps = MOST_STEPS / 2 ** choices;
  for (let i = 2; i <= free; i++) steps *= i;
  return Math.floor(steps ** (1 / Math.max(1, free)));
}

/** The first `^` stands for the whole pattern unless there is a `|` outside of groups. */
function isAnchored(tokens: readonly string[]): boolean {
  let depth = 0;
  for (const token of tokens) {
    if (token.startsWith('(')) depth++;
    if (token === ')') depth--;
    if (token === '|' && depth === 0) return false;
  }
  return tokens[0] === '^';
}
