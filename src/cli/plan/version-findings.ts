// What is to be said of the versions of an environment under one catalog.
import type { Answer } from '../../compose.ts';
import { own, text } from '../../json.ts';
import { windowText } from '../../upgrade/window.ts';
import type { Environment } from '../fleet/environments.ts';
import { ask, play } from '../play.ts';
import { signatureOf } from '../signature.ts';
import { keyOf, titleOf, type VersionView, versionsOf } from '../view.ts';
import { walksIn } from '../walk.ts';
import type { Finding } from './finding.ts';
import type { Side, Walks } from './side.ts';

export function versionFindings(environment: Environment, answer: Answer, side: Side): Finding[] {
  const versions = versionsOf(answer);
  const walks = walksOf(environment, answer, versions, side);
  const ends = endsOf(environment, versions, side);
  return versions.flatMap((row) => {
    const walk = walks.get(keyOf(row)) ?? [];
    // What moves on by itself needs no more words.
    if (walk.length > 1) return [upgrade(row, walk, windowOf(environment, side))];
    return [...stay(row, ends.get(keyOf(row)), side.days), ...deprecation(row)];
  });
}

/** What the function walks through by itself. */
function walksOf(
  environment: Environment,
  answer: Answer,
  versions: readonly VersionView[],
  side: Side,
): Walks {
  if (versions.every((row) => row.next === undefined)) return new Map();
  const key = signatureOf(environment, answer, side.catalog);
  const known =
    side.walks.get(key) ?? walksIn(play(environment, side.windowless, side.now).answers);
  side.walks.set(key, known);
  return known;
}

/** By cluster and component: what the function says on the horizon, where it may say something else by then. */
function endsOf(
  environment: Environment,
  versions: readonly VersionView[],
  side: Side,
): ReadonlyMap<string, VersionView> {
  const mayEnd = versions.some(
    (row) =>
      row.waiver !== undefined ||
      (row.expires !== undefined && Date.parse(row.expires) <= side.horizon.getTime()),
  );
  if (!mayEnd) return new Map();
  const later = ask(environment, side.input, side.horizon);
  return new Map(versionsOf(later).map((row) => [keyOf(row), row]));
}

function baseOf({ component, cluster, version }: VersionView) {
  return {
    component,
    ...(cluster === 'environment' ? {} : { cluster }),
    from: version,
    new: true,
  };
}

function upgrade(row: VersionView, walk: readonly VersionView[], window: string): Finding {
  const route = walk.map(({ version }) => version);
  return {
    ...baseOf(row),
    kind: 'upgrades',
    to: route.at(-1) ?? row.version,
    route,
    message: `${titleOf(row)} goes ${route.join(' → ')} by itself${window}`,
  };
}

function isUnblessed({ state, waiver }: VersionView): boolean {
  return state === 'expired' && waiver === undefined;
}

/** @param end the same component on the horizon */
function stay(row: VersionView, end: VersionView | undefined, days: number): Finding[] {
  const { version, target, expires, waiver, message } = row;
  const what = `${titleOf(row)} ${version}`;
  const by = isUnblessed(row) || expires === undefined ? {} : { by: expires };
  if (target !== undefined) {
    const unblessed = isUnblessed(row) ? { unblessed: true as const } : {};
    const said = `${what}${stateText(row)}; ${target} waits until somebody asks for it`;
    return [{ ...baseOf(row), kind: 'waits', to: target, ...by, ...unblessed, message: said }];
  }
  if (isUnblessed(row)) {
    const why = message ?? 'there is no way on';
    return [{ ...baseOf(row), kind: 'expires', message: `${what}${stateText(row)}; ${why}` }];
  }
  if (end === undefined || !isUnblessed(end) || end.target !== undefined) return [];
  const when = waiver === undefined ? `on ${expires}` : 'when its waiver ends';
  const said = `${what} expires ${when}, within ${days} days, and there is no way on`;
  return [{ ...baseOf(row), kind: 'expires', ...by, message: said }];
}

function deprecation(row: VersionView): Finding[] {
  const { state, waiver, expires, version } = row;
  if (state !== 'deprecated' || waiver !== undefined) return [];
  const by = expires === undefined ? {} : { by: expires };
  const message = `${titleOf(row)} ${version}${stateText(row)}`;
  return [{ ...baseOf(row), kind: 'deprecated', ...by, message }];
}

/** ` is deprecated, expires 2027-02-01, waived: …`. */
function stateText(row: VersionView): string {
  const { expires, waiver } = row;
  return `${standing(row)}${row.state === 'expired' || expires === undefined ? '' : `, expires ${expires}`}${waiver === undefined ? '' : `, waived: ${waiver}`}`;
}

function standing({ state, reason, expires }: VersionView): string {
  if (reason === 'NotInCatalog') return ' is not in the catalog';
  if (reason === 'Blocked') return ' is blocked';
  if (state === 'expired') return ` is expired since ${expires}`;
  return state === 'deprecated' ? ' is deprecated' : '';
}

function windowOf({ composite }: Environment, { catalog }: Side): string {
  const window = own(catalog.purposes, text(composite, 'spec', 'purpose') ?? '')?.maintenance;
  return window === undefined ? '' : `, each hop in its window (${windowText(window)})`;
}
