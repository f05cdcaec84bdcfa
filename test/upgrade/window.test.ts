// Maintenance windows, over midnight, over a change of the clocks, and in time zones.
import { expect, test } from 'vitest';
import { isOpen, opensAt, type Window } from '../../src/upgrade/window.ts';

const night: Window = { days: ['Sat'], start: '22:00', duration: '6h', timezone: 'Europe/Berlin' };
const daily: Window = { start: '03:00', duration: '1h' };

test.each([
  ['Saturday before it begins', night, '2026-11-21T20:59:59Z', false],
  ['Saturday at its start', night, '2026-11-21T21:00:00Z', true],
  ['over midnight', night, '2026-11-22T02:59:59Z', true],
  ['at its end', night, '2026-11-22T03:00:00Z', false],
  ['on another day', night, '2026-11-20T21:30:00Z', false],
  ['every day in UTC', daily, '2026-11-20T03:30:00Z', true],
  ['in summer an hour earlier', night, '2026-07-04T20:00:00Z', true],
  ['a week long: always', { start: '00:00', duration: '168h' }, '2026-11-20T03:30:00Z', true],
  [
    'a day and a half, on the second day',
    { days: ['Mon'], start: '12:00', duration: '36h' },
    '2026-11-24T23:59:00Z',
    true,
  ],
  [
    'a day and a half, after it',
    { days: ['Mon'], start: '12:00', duration: '36h' },
    '2026-11-25T00:00:00Z',
    false,
  ],
] as const)('%s', (_, window, now, open) => {
  expect(isOpen(window as Window, new Date(now))).toBe(open);
});

test.each([
  ['the same evening', night, '2026-11-21T10:00:00Z', '2026-11-21T21:00:00.000Z'],
  ['a week later while it is open', night, '2026-11-21T21:00:00Z', '2026-11-28T21:00:00.000Z'],
  ['over the change of the clocks', night, '2026-10-25T10:00:00Z', '2026-10-31T21:00:00.000Z'],
  ['the next day', daily, '2026-11-20T03:00:00Z', '2026-11-21T03:00:00.000Z'],
] as const)('opens next: %s', (_, window, now, next) => {
  expect(opensAt(window, new Date(now))?.toISOString()).toBe(next);
});
