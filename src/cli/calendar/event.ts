// What happens to an environment on a day.

export const EVENT_KINDS = [
  'lifetime-ends',
  'expires',
  'waiver-ends',
  'deprecated',
  'upgrades',
  'waits',
  'supported',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface Event {
  /** RFC 3339; a day of the catalog begins at 00:00 UTC. */
  readonly at: string;
  readonly kind: EventKind;
  readonly namespace: string;
  readonly name: string;
  readonly component?: string;
  readonly cluster?: string;
  readonly from?: string;
  readonly to?: string;
  readonly route?: readonly string[];
  readonly message: string;
}

/** By moment, then by environment, the gravest first. */
export function sortedEvents(events: readonly Event[]): Event[] {
  const key = (event: Event) =>
    [
      event.at,
      String(EVENT_KINDS.indexOf(event.kind)),
      event.namespace,
      event.name,
      event.component ?? '',
      event.cluster ?? '',
    ].join('\0');
  return events
    .map((event) => ({ event, key: key(event) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ event }) => event);
}
