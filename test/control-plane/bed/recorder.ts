/** Watches what is composed for an environment, and writes down what goes in which order. */
import type { Bed } from './bed.ts';
import type { Environment } from './environments.ts';
import { type ComposedKind, composedKinds, uidOf } from './resources.ts';

export interface Gone {
  readonly kind: ComposedKind;
  readonly name: string;
  /** Seconds since the recording began. */
  readonly after: number;
}

export interface Recording {
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
      gone.push({ kind: kind as ComposedKind, name, after: (Date.now() - start) / 1000 });
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
