// A dump → what comes out for each of its environments. Two rounds: groups by guess, then what was guessed wrong.
import { at, text } from '../../json.ts';
import type { JsonObject } from '../../step.ts';
import { InputError } from '../input/failure.ts';
import type { Progress } from '../output/progress.ts';
import { claimsAmong, isClaim, onItsOwn, ownersAmong, RESOURCE_NAME } from './environments.ts';
import { type Group, groupsIn } from './groups.ts';
import { parseItem } from './parse-item.ts';
import { runAll } from './pool.ts';
import { textOf } from './text.ts';
import type { Done, Job, Outcomes, Task } from './work.ts';

/**
 * @throws InputError with everything that cannot be read, and where there is no environment at all
 */
export async function overFleet<T extends Task>(
  task: T,
  files: readonly string[],
  progress: Progress,
): Promise<Outcomes[T['name']][]> {
  const all = groupsIn(files, () => progress.count('resources read'));
  const groups = all.filter((group) => group.hasRoot);
  const onDone = (done: Done) => progress.count('environments looked at', done.outcomes.length);
  const jobs = groups.map(({ items }): Job => ({ items, extras: [] }));
  const done = await runAll(task, jobs, onDone);
  refuseUnreadable(done);
  const rest = all.filter((group) => !group.hasRoot);
  const second = secondRound(jobs, done, rest);
  const again = await runAll(
    task,
    second.map(({ job }) => job),
    onDone,
  );
  refuseUnreadable(again);
  second.forEach(({ at: index }, i) => {
    const result = again[i];
    if (result === undefined) return;
    if (index === undefined) done.push(result);
    else done[index] = result;
  });
  const outcomes = done.flatMap(({ outcomes }) => outcomes);
  progress.end();
  if (outcomes.length === 0) {
    throw new InputError([
      `${files.join(', ')}: no environment; the output of kubectl get environments,managed -A -o yaml is needed (with claims: environments,xenvironments,managed), or a folder of manifests`,
    ]);
  }
  return outcomes as Outcomes[T['name']][];
}

function refuseUnreadable(done: readonly Done[]): void {
  const problems = done.flatMap((each) => each.problems);
  if (problems.length > 0) throw new InputError(problems);
}

/** Jobs to do again with what stood in other groups, and claims that have no composite. */
function secondRound(
  jobs: readonly Job[],
  done: readonly Done[],
  rest: readonly Group[],
): { at: number | undefined; job: Job }[] {
  const groupOf = new Map<JsonObject, number>();
  done.forEach(({ roots }, i) => {
    for (const root of roots) groupOf.set(root, i);
  });
  const roots = [...groupOf.keys()];
  const owner = ownersAmong(roots);
  const isKnown = claimsAmong(roots);
  const extras = new Map<number, JsonObject[]>();
  const alone: JsonObject[] = [];
  for (const stray of [...done.flatMap(({ strays }) => strays), ...ownedAmong(rest, roots)]) {
    if (isClaim(stray) && at(stray, 'metadata', 'annotations', RESOURCE_NAME) === undefined) {
      if (!isKnown(stray)) alone.push(onItsOwn(stray));
      continue;
    }
    const root = owner(stray);
    const group = root === undefined ? undefined : groupOf.get(root);
    if (group !== undefined) extras.set(group, [...(extras.get(group) ?? []), stray]);
  }
  return [
    ...[...extras].map(([index, more]) => ({
      at: index,
      job: { items: jobs[index]?.items ?? [], extras: more },
    })),
    ...alone.map((claim) => ({ at: undefined, job: { items: [], extras: [claim] } })),
  ];
}

const UID = /uid["']?: *["']?([^"'\s,}]+)/g;
const LABEL = /crossplane\.io\/composite["']?: *["']?([^"'\s,}]+)/g;

/** Of groups without an environment: what an environment elsewhere in the dump owns. The rest is never parsed. */
function ownedAmong(rest: readonly Group[], roots: readonly JsonObject[]): JsonObject[] {
  const uids = new Set(roots.map((root) => text(root, 'metadata', 'uid')));
  const names = new Set(roots.map((root) => text(root, 'metadata', 'name')));
  const isOwned = (content: string) =>
    [...content.matchAll(UID)].some(([, uid]) => uids.has(uid)) ||
    [...content.matchAll(LABEL)].some(([, name]) => names.has(name));
  return rest.flatMap(({ items }) =>
    items.filter((item) => isOwned(textOf(item))).flatMap(parseItem),
  );
}
