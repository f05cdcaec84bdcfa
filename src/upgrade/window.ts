// Maintenance windows: when a hop may start. It never bounds when one ends.
import { DateTime, type WeekdayNumbers } from 'luxon';
import type { Purpose } from '../catalog/schema.ts';
import { milliseconds } from '../schema.ts';

export type Window = NonNullable<Purpose['maintenance']>;

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const WEEKDAYS: readonly WeekdayNumbers[] = [1, 2, 3, 4, 5, 6, 7];

/** A week ahead every window has begun once; one more day for changes of the clocks. */
const LOOK_AHEAD_DAYS = 8;

/** Whether a hop may start now. */
export function isOpen(window: Window, now: Date): boolean {
  const length = milliseconds(window.duration);
  // A window may last longer than a day, or over midnight.
  const back = Math.ceil(length / 86_400_000) + 1;
  return beginnings(window, now, -back, 1).some((start) => {
    const passed = now.getTime() - start.getTime();
    return passed >= 0 && passed < length;
  });
}

/** When it opens next, after now. */
export function opensAt(window: Window, now: Date): Date | undefined {
  return beginnings(window, now, 0, LOOK_AHEAD_DAYS).find((start) => start > now);
}

/** When it opens or closes next, after now. */
export function changesAt(window: Window, now: Date): Date | undefined {
  const length = milliseconds(window.duration);
  const back = Math.ceil(length / 86_400_000) + 1;
  return beginnings(window, now, -back, LOOK_AHEAD_DAYS)
    .flatMap((start) => [start, new Date(start.getTime() + length)])
    .filter((moment) => moment > now)
    .sort((a, b) => a.getTime() - b.getTime())[0];
}

/** The starts in the days around now, in the window's own time zone. */
function beginnings(
  { days, start, timezone }: Window,
  now: Date,
  from: number,
  to: number,
): Date[] {
  const [hour = 0, minute = 0] = start.split(':').map(Number);
  const today = DateTime.fromJSDate(now, { zone: timezone ?? 'UTC' }).startOf('day');
  return Array.from({ length: to - from + 1 }, (_, i) => today.plus({ days: from + i }))
    .filter((day) => days === undefined || days.some((name) => weekday(name) === day.weekday))
    .map((day) => day.set({ hour, minute }).toJSDate());
}

function weekday(name: (typeof DAYS)[number]): WeekdayNumbers | undefined {
  return WEEKDAYS[DAYS.indexOf(name)];
}

/** `Sat, Sun from 22:00 for 6h, Europe/Berlin`: the same in every call. */
export function windowText({ days, start, duration, timezone }: Window): string {
  return `${days === undefined ? 'every day' : days.join(', ')} from ${start} for ${duration}, ${timezone ?? 'UTC'}`;
}
