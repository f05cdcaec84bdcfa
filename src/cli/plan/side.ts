// One of the two catalogs of a plan, and what was learned with it.
import { type Catalog, catalogOf } from '../../catalog/parse.ts';
import type { JsonObject } from '../../step.ts';
import type { VersionView } from '../view.ts';
import { withoutWindows } from '../walk.ts';

export interface Question {
  readonly from: JsonObject;
  readonly to: JsonObject;
  readonly now: Date;
  /** Days within which an end without a way on is told. */
  readonly days: number;
}

export interface Side {
  readonly input: JsonObject;
  readonly catalog: Catalog;
  readonly windowless: JsonObject;
  readonly now: Date;
  readonly horizon: Date;
  readonly days: number;
  /** By signature of an environment. */
  readonly walks: Map<string, Walks>;
}

/** By cluster and component. */
export type Walks = ReadonlyMap<string, readonly VersionView[]>;

const DAY = 86_400_000;

export function sideOf(input: JsonObject, { now, days }: Question): Side {
  return {
    input,
    catalog: catalogOf(input),
    windowless: withoutWindows(input),
    now,
    horizon: new Date(now.getTime() + days * DAY),
    days,
    walks: new Map(),
  };
}
