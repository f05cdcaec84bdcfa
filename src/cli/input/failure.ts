// What ends a command with exit code 2: input that cannot be read. Holds everything that is wrong, not only the first.

export class InputError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InputError';
    this.problems = problems;
  }
}

/** Runs each, and throws once with the problems of all that failed. */
export function allOf<T, R>(items: readonly T[], run: (item: T) => R): R[] {
  const problems: string[] = [];
  const results: R[] = [];
  for (const item of items) {
    try {
      results.push(run(item));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return results;
}
