// Structured logs: one JSON object a line. Nothing of a request's content goes in but who the composite is.
import { type Logger, pino } from 'pino';

export function makeLogger(debug: boolean): Logger {
  return pino({
    level: debug ? 'debug' : 'info',
    formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
  });
}
