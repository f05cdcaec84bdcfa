// Whose a problem is: what the developer changed refuses, what the catalog changed is only said.
import type { Request } from './environment.ts';
import type { Problem } from './problem.ts';
import type { Survey } from './survey.ts';

export function refuses(problem: Problem, { changed }: Request, { anchor }: Survey): boolean {
  if (problem.always === true || anchor === undefined || changed('purpose')) return true;
  return (problem.blame ?? [problem.path.replace(/^spec\./, '')]).some(changed);
}
