// What is done with each environment of a fleet, the same in this thread and in a worker.
import { at, text } from '../../json.ts';
import type { JsonObject } from '../../step.ts';
import type { Event } from '../calendar/event.ts';
import { type CalendarQuestion, eventsOf } from '../calendar/events.ts';
import { InputError } from '../input/failure.ts';
import type { Effect } from '../plan/finding.ts';
import { judgeOf } from '../plan/judge.ts';
import type { Question } from '../plan/side.ts';
import { type Environment, gather, isClaim, isRoot } from './environments.ts';
import type { Item } from './items.ts';
import { parseItem } from './parse-item.ts';

export type Task =
  | { readonly name: 'plan'; readonly question: Question }
  | { readonly name: 'calendar'; readonly question: CalendarQuestion };

/** By task: what comes out for an environment. */
export interface Outcomes {
  readonly plan: Effect;
  readonly calendar: readonly Event[];
}
export type Outcome = Outcomes[Task['name']];

export interface Job {
  readonly items: readonly Item[];
  /** Resources that stood elsewhere in the dump. */
  readonly extras: readonly JsonObject[];
}

export interface Done {
  readonly outcomes: readonly Outcome[];
  /** Composites and claims, cut down to what tells who owns what. */
  readonly roots: readonly JsonObject[];
  readonly strays: readonly JsonObject[];
  /** What could not be read. */
  readonly problems: readonly string[];
}

/** What the catalogs mean is worked out once for all jobs. */
export function workerOf(task: Task): (job: Job) => Done {
  const run = runnerOf(task);
  return ({ items, extras }) => {
    const problems: string[] = [];
    const resources = items.flatMap((item) => {
      try {
        return parseItem(item);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(...error.problems);
        return [];
      }
    });
    const { environments, strays } = gather([...resources, ...extras]);
    return {
      outcomes: problems.length > 0 ? [] : environments.map(run),
      roots: resources.filter((resource) => isRoot(resource) && !isClaim(resource)).map(cut),
      strays,
      problems,
    };
  };
}

function runnerOf(task: Task): (environment: Environment) => Outcome {
  return task.name === 'plan' ? judgeOf(task.question) : eventsOf(task.question);
}

function cut(root: JsonObject): JsonObject {
  return {
    metadata: {
      name: text(root, 'metadata', 'name'),
      namespace: text(root, 'metadata', 'namespace'),
      uid: text(root, 'metadata', 'uid'),
    },
    spec: { claimRef: at(root, 'spec', 'claimRef') },
  };
}
