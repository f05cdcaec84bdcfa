// What happens to a fleet with nobody touching anything.
import { expect, test } from 'vitest';
import type { Event } from '../../src/cli/calendar/event.ts';
import { eventsOf } from '../../src/cli/calendar/events.ts';
import { calendarIcs, calendarOf, calendarTable } from '../../src/cli/calendar/report.ts';
import { type Environment, gather } from '../../src/cli/fleet/environments.ts';
import { calendarPage } from '../../src/cli/output/calendar-page.ts';
import { play } from '../../src/cli/play.ts';
import type { JsonObject } from '../../src/step.ts';
import { catalogWith, exampleCatalog } from '../support/catalog.ts';
import { fleet } from '../support/fleet.ts';
import { environment } from '../support/world.ts';

const NOW = new Date('2026-11-22T00:00:00Z');

function made(spec: JsonObject, on: string, namespace: string): Environment {
  const start = {
    composite: environment('namespaced', spec, { namespace }),
    observed: new Map(),
  };
  const catalog = catalogWith({ 'components.vcluster.versions.0.supported': '2026-01-01' });
  return play(start, catalog, new Date(on)).environment;
}

function told(events: readonly Event[]): string[] {
  return events.map(({ at, kind, message }) => `${at} ${kind}: ${message}`);
}

const question = { input: exampleCatalog(), now: NOW, days: 100 };

test('versions change their state, upgrades start by themselves, waivers and lifetimes end', () => {
  const old = made({ purpose: 'development' }, '2026-03-01', 'team-payments');
  expect(told(eventsOf(question)(old))).toEqual([
    '2026-11-29T00:00:00Z lifetime-ends: its lifetime ends; nothing is deleted',
    '2026-12-31T00:00:00Z waiver-ends: the waiver of knative 1.21 ends, which is expired; 1.23 is next',
    '2026-12-31T00:00:00Z upgrades: knative starts 1.21 → 1.22 → 1.23',
    '2027-01-22T00:00:00Z deprecated: vcluster 0.36.1 becomes deprecated',
    '2027-02-02T00:00:00Z deprecated: knative 1.23 becomes deprecated',
    '2027-02-28T00:00:00Z deprecated: kubernetes 1.35 becomes deprecated; 1.36 is next',
    '2027-02-28T00:00:00Z upgrades: kubernetes starts 1.35 → 1.36',
  ]);
});

test('an upgrade that is due waits for its window', () => {
  const maintenance = { days: ['Wed'], start: '22:00', duration: '6h' };
  const input = catalogWith({ 'purposes.development.maintenance': maintenance });
  const old = made({ purpose: 'development' }, '2026-03-01', 'team-shop');
  const upgrades = eventsOf({ ...question, input })(old).filter((e) => e.kind === 'upgrades');
  expect(told(upgrades)[0]).toBe(
    '2026-11-25T22:00:00Z upgrades: knative starts 1.21 → 1.22 → 1.23',
  );
});

test('with upgrades: manual nothing moves, and what waits is told', () => {
  const old = made({ purpose: 'production' }, '2026-06-15', 'team-shop');
  expect(told(eventsOf(question)(old))).toEqual([
    '2027-02-01T00:00:00Z expires: knative 1.22 expires; 1.23 is next',
  ]);
});

const outcomes = gather(fleet(66)).environments.map(eventsOf(question));
const report = calendarOf(outcomes, NOW, question.days);

test('the table tells what happens to many once', () => {
  const table = calendarTable(report);
  expect(table.match(/vcluster 0.36.1 becomes deprecated/g)).toHaveLength(1);
  expect(table).toContain('for 66 environments in 100 days, with nobody touching anything.');
});

test('iCalendar has folded lines, CRLF, and the same bytes for the same events', () => {
  const text = calendarIcs(report);
  expect(text).toBe(calendarIcs(report));
  expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2.0\r\n/);
  expect(text).toContain('DTSTART;VALUE=DATE:20270122');
});

test('the page escapes what it shows', () => {
  const evil = { at: report.now, kind: 'expires', namespace: '<b>', name: '<i>', message: '<u>' };
  const html = calendarPage({ ...report, events: [evil as Event] });
  expect(html).toContain('&lt;u&gt;');
  expect(html).not.toMatch(/<[biu]>/);
});
