// Structured logs: one JSON object a line. Of a request there is nothing in them but who the composite is.
import { type Logger, pino } from 'pino';
import type { Account } from './account.ts';

export function makeLogger(debug: boolean): Logger {
  return pino({
    level: debug ? 'debug' : 'info',
    formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
  });
}

/** A line for a call in which something became other than before; with --debug for every call. */
export function logCall(logger: Logger, account: Account, seconds: number): void {
  const { tag, composite, results, refused, decision, bug, isKept } = account;
  const milliseconds = Math.round(seconds * 10_000) / 10;
  // Kept: it was known, and not computed.
  const call = { tag, composite, milliseconds, ...(isKept && { kept: true }) };
  if (bug !== undefined) {
    logger.error({ ...call, err: bug }, 'bug: a call failed');
    return;
  }
  const reasons = results.map(({ severity, reason }) => `${severity} ${reason}`);
  const more = reasons.length === 0 ? {} : { results: reasons };
  const level = reasons.length === 0 ? 'debug' : 'info';
  if (refused !== undefined) logger[level]({ ...call, ...more, refused }, 'refused');
  else logger[level]({ ...call, ...more, ...(decision && { decision }) }, 'answered');
}

/**
 * The first of a kind is said at once, and then one in `everyMs`, with how many there were in between.
 *
 * @param write told the kind, and how many of it were left out
 */
export function seldom<Kind, Details>(
  everyMs: number,
  write: (kind: Kind, details: Details, leftOut: number) => void,
): (kind: Kind, details: Details) => void {
  const kinds = new Map<Kind, { said: number; leftOut: number }>();
  return (kind, details) => {
    const now = performance.now();
    const last = kinds.get(kind);
    if (last !== undefined && now - last.said < everyMs) {
      last.leftOut++;
      return;
    }
    kinds.set(kind, { said: now, leftOut: 0 });
    write(kind, details, last?.leftOut ?? 0);
  };
}
