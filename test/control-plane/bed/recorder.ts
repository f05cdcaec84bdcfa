/** Watches what is composed for an environment, and writes down what goes in which order. */
import { text } from '../../../src/json.ts';
import type { Bed } from './bed.ts';
import type { Environment } from './environments.ts';
import { type ComposedKind, composedKinds, uidOf } from './resources.ts';

/** Of one API server: its revisions are an order of everything in it, whenever the watches tell of it. */
export interface Gone {
  readonly kind: ComposedKind;
  readonly name: string;
  readonly revision: number;
  /** Seconds since the recording began. */
  readonly after: number;
}

export interface Recording {
  /** The first to go first. */
  readonly gone: readonly Gone[];
  /** By name of the resource; a second one means that it was created again. */
  readonly uids: ReadonlyMap<string, ReadonlySet<string>>;
  stop(): void;
}

export function record({ host }: Bed, { flavour, prefix }: Environment): Recording {
  const start = Date.now();
  const gone: Gone[] = [];
  const uids = new Map<string, Set<string>>();
  const stops = Object.entries(composedKinds[flavour]).map(([kind, type]) =>
    host.watch(type, ({ type: change, object }) => {
      const name = object.metadata?.name ?? '';
      if (!name.startsWith(prefix)) return;
      const key = `${kind}/${name}`;
      uids.set(key, (uids.get(key) ?? new Set()).add(uidOf(object)));
      if (change !== 'DELETED') return;
      const revision = Number(text(object, 'metadata', 'resourceVersion'));
      const after = (Date.now() - start) / 1000;
      gone.push({ kind: kind as ComposedKind, name, revision, after });
      gone.sort((one, other) => one.revision - other.revision);
    }),
  );
  return {
    gone,
    uids,
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/** The first of these went only when all of those were gone. */
export function wentBefore(
  gone: readonly Gone[],
  first: readonly ComposedKind[],
  then: readonly ComposedKind[],
): boolean {
  const lastOfFirst = gone.findLastIndex(({ kind }) => first.includes(kind));
  const firstOfThen = gone.findIndex(({ kind }) => then.includes(kind));
  return lastOfFirst >= 0 && firstOfThen > lastOfFirst;
}
