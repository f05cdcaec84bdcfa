// What happens to an environment in the next days with nobody touching anything: the function is played from one date
// that matters to the next, and what it says differently is an event.

import { datesOf } from '../../catalog/lifecycle.ts';
import { type Catalog, catalogOf } from '../../catalog/parse.ts';
import { compositeOf } from '../../composite.ts';
import { own, text } from '../../json.ts';
import type { JsonObject } from '../../step.ts';
import { isOpen, opensAt, type Window } from '../../upgrade/window.ts';
import type { Environment } from '../fleet/environments.ts';
import { ask, type Played, play } from '../play.ts';
import { signatureOf } from '../signature.ts';
import { keyOf, titleOf, type VersionView, versionsOf } from '../view.ts';
import { walksIn, withoutWindows } from '../walk.ts';
import type { Event } from './event.ts';

export interface CalendarQuestion {
  readonly input: JsonObject;
  readonly now: Date;
  readonly days: number;
}

const DAY = 86_400_000;
type Nameless = Omit<Event, 'namespace' | 'name'>;

/** Environments that differ only in their names are played once. */
export function eventsOf(question: CalendarQuestion): (environment: Environment) => Event[] {
  const { input, now, days } = question;
  const end = new Date(now.getTime() + days * DAY);
  const catalog = catalogOf(input);
  const moments = momentsIn(catalog, now, end);
  const known = new Map<string, readonly Nameless[]>();
  const windowless = withoutWindows(input);
  return (environment) => {
    const answer = ask(environment, input, now);
    if (answer.desired === undefined) return [];
    const key = signatureOf(environment, answer, catalog);
    const versionEvents =
      known.get(key) ?? versionEventsOf(environment, { input: windowless, now, moments });
    known.set(key, versionEvents);
    const { name, namespace } = compositeOf(environment.composite);
    const expiresAt = text(answer.desired.status, 'expiresAt');
    const purpose = text(environment.composite, 'spec', 'purpose') ?? '';
    const window = own(catalog.purposes, purpose)?.maintenance;
    return [
      ...lifetimeEvent(expiresAt, now, end),
      ...versionEvents
        .map((event) => (event.kind === 'upgrades' ? inWindow(event, window) : event))
        .filter((event) => Date.parse(event.at) <= end.getTime()),
    ].map((event) => ({
      namespace,
      name,
      ...event,
    }));
  };
}

/** Due, an upgrade waits for its maintenance window. */
function inWindow(event: Nameless, window: Window | undefined): Nameless {
  const due = new Date(event.at);
  if (window === undefined || isOpen(window, due)) return event;
  return { ...event, at: moment(opensAt(window, due) ?? due) };
}

/** Every moment on which the catalog says something else than before. */
function momentsIn(catalog: Catalog, now: Date, end: Date): Date[] {
  const components = [
    ...Object.values(catalog.components),
    ...Object.values(catalog.tools ?? {}),
  ].filter((component) => component !== undefined);
  const dates = [
    ...components.flatMap(({ versions }) => versions.flatMap(datesOf)),
    ...(catalog.waivers ?? []).map((waiver) => waiver.expires),
  ];
  return [...new Set(dates.map((date) => Date.parse(date)))]
    .filter((time) => time > now.getTime() && time <= end.getTime())
    .sort((a, b) => a - b)
    .map((time) => new Date(time));
}

function lifetimeEvent(expiresAt: string | undefined, now: Date, end: Date): Nameless[] {
  if (expiresAt === undefined) return [];
  const time = Date.parse(expiresAt);
  if (time <= now.getTime() || time > end.getTime()) return [];
  return [
    {
      at: moment(new Date(time)),
      kind: 'lifetime-ends',
      message: 'its lifetime ends; nothing is deleted',
    },
  ];
}

interface Course {
  readonly input: JsonObject;
  readonly now: Date;
  readonly moments: readonly Date[];
}

function versionEventsOf(environment: Environment, { input, now, moments }: Course): Nameless[] {
  const events: Nameless[] = [];
  let played = play(environment, input, now);
  events.push(...upgradesIn(played, now));
  let before = lastOf(played);
  for (const date of moments) {
    const answer = ask(played.environment, input, date);
    const today = versionsOf(answer);
    played = play(played.environment, input, date);
    const upgrades = upgradesIn(played, date);
    events.push(
      ...today
        .flatMap((row) => changesOf(before.get(keyOf(row)), row, date))
        // What goes on at once does not wait.
        .filter(({ kind, component }) => kind !== 'waits' || !isAmong(upgrades, component)),
      ...upgrades,
    );
    before = lastOf(played);
  }
  return events;
}

function isAmong(events: readonly Nameless[], component: string | undefined): boolean {
  return events.some((event) => event.component === component);
}

function lastOf({ answers }: Played): Map<string, VersionView> {
  const last = answers.at(-1);
  return new Map(last === undefined ? [] : versionsOf(last).map((row) => [keyOf(row), row]));
}

function baseOf({ component, cluster, version }: VersionView, date: Date) {
  return {
    at: moment(date),
    component,
    ...(cluster === 'environment' ? {} : { cluster }),
    from: version,
  };
}

function upgradesIn({ answers }: Played, date: Date): Nameless[] {
  return [...walksIn(answers).values()].flatMap((walk): Nameless[] => {
    const [first] = walk;
    const last = walk.at(-1);
    if (first === undefined || last === undefined || walk.length < 2) return [];
    const route = walk.map((row) => row.version);
    const message = `${titleOf(first)} starts ${route.join(' → ')}`;
    return [{ ...baseOf(first, date), kind: 'upgrades', to: last.version, route, message }];
  });
}

/** What is said of a version that was not said before. */
function changesOf(before: VersionView | undefined, row: VersionView, date: Date): Nameless[] {
  if (before === undefined || before.version !== row.version) return [];
  const events: Nameless[] = [];
  const base = baseOf(row, date);
  const what = `${titleOf(row)} ${row.version}`;
  const then = row.target === undefined ? '' : `; ${row.target} is next`;
  if (before.waiver !== undefined && row.waiver === undefined && row.state !== 'supported') {
    events.push({
      ...base,
      kind: 'waiver-ends',
      message: `the waiver of ${what} ends, which is ${row.state}${then}`,
    });
  }
  if (before.state !== row.state) {
    if (row.state === 'expired')
      events.push({ ...base, kind: 'expires', message: `${what} expires${then}` });
    if (row.state === 'deprecated')
      events.push({ ...base, kind: 'deprecated', message: `${what} becomes deprecated${then}` });
    if (row.state === 'supported')
      events.push({ ...base, kind: 'supported', message: `${what} becomes supported` });
  }
  if (row.target !== undefined && before.target !== row.target) {
    events.push({
      ...base,
      kind: 'waits',
      to: row.target,
      message: `${what} may go to ${row.target} from now on`,
    });
  }
  return events;
}

/** Without milliseconds, as Kubernetes writes it. */
function moment(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
