// The events of a whole fleet as a table, as JSON and as iCalendar.

import { createHash } from 'node:crypto';
import ical from 'ical-generator';
import { harmless, plural, table } from '../output/table.ts';
import { type Event, sortedEvents } from './event.ts';

export interface CalendarReport {
  /** RFC 3339. */
  readonly now: string;
  readonly days: number;
  readonly environments: number;
  readonly events: readonly Event[];
}

export function calendarOf(
  outcomes: readonly (readonly Event[])[],
  now: Date,
  days: number,
): CalendarReport {
  return {
    now: now.toISOString().replace('.000Z', 'Z'),
    days,
    environments: outcomes.length,
    events: sortedEvents(outcomes.flat()),
  };
}

/** The same thing on the same moment to many environments. */
export interface Entry {
  readonly at: string;
  readonly kind: Event['kind'];
  readonly message: string;
  readonly environments: readonly string[];
}

export function entriesOf({ events }: CalendarReport): Entry[] {
  const entries = new Map<string, { event: Event; environments: string[] }>();
  for (const event of events) {
    const key = [event.at, event.kind, event.message].join('\0');
    const entry = entries.get(key) ?? { event, environments: [] };
    entry.environments.push(
      event.namespace === '' ? event.name : `${event.namespace}/${event.name}`,
    );
    entries.set(key, entry);
  }
  return [...entries.values()].map(({ event: { at, kind, message }, environments }) => ({
    at,
    kind,
    message,
    environments,
  }));
}

export function calendarTable(report: CalendarReport): string {
  const entries = entriesOf(report);
  const fleet = plural(report.environments, 'environment');
  if (entries.length === 0) return `Nothing happens to ${fleet} in ${report.days} days.`;
  const rows = entries.map(({ at, kind, message, environments }, i) => [
    entries[i - 1]?.at === at ? '' : when(at),
    kind,
    harmless(message),
    whom(environments),
  ]);
  return `${table(['WHEN', 'WHAT', '', 'ENVIRONMENTS'], rows)}\n\n${plural(report.events.length, 'event')} for ${fleet} in ${report.days} days, with nobody touching anything.`;
}

/** A day alone where it is a whole one. */
export function when(at: string): string {
  return at.replace('T00:00:00Z', '').replace('T', ' ');
}

const NAMED = 3;

export function whom(environments: readonly string[]): string {
  const named = environments.slice(0, NAMED).join(', ');
  const more = environments.length - NAMED;
  return more > 0 ? `${named} and ${more} more` : named;
}

/** RFC 5545; the same report gives the same bytes, and an event keeps its UID from one export to the next. */
export function calendarIcs(report: CalendarReport): string {
  const calendar = ical({
    name: 'Environments',
    prodId: { company: 'xenvironment.dev', product: 'xenv', language: 'EN' },
  });
  for (const { at, kind, message, environments } of entriesOf(report)) {
    const start = new Date(at);
    calendar.createEvent({
      id: `${createHash('sha256').update([at, kind, message].join('\0')).digest('hex').slice(0, 32)}@xenvironment.dev`,
      stamp: new Date(report.now),
      start,
      allDay: at.endsWith('T00:00:00Z'),
      summary: `${plural(environments.length, 'environment')}: ${message}`,
      description: environments.join('\n'),
    });
  }
  return calendar.toString();
}
