// How much and how long: what keeps the server alive and fair, in one place.
export interface Limits {
  /** Handshakes that are not over: how long, and how many at a time. */
  readonly handshakeMs: number;
  readonly mostHandshakes: number;
  /** Calls at a time on a connection; the client keeps back the others. Crossplane reconciles 100 at a time. */
  readonly concurrentCalls: number;
  /** After this a client connects anew and shows its certificate again, and new replicas get their share. */
  readonly connectionAgeMs: number;
  /** How long calls may still take on a connection that is to be closed. */
  readonly connectionGraceMs: number;
  /** After this much silence a connection is asked whether it is still there. */
  readonly keepaliveMs: number;
  readonly keepaliveAnswerMs: number;
  /** Calls in flight when the process is asked to end. */
  readonly drainMs: number;
  /** Between two looks at the certificates. */
  readonly certificatesEveryMs: number;
  /** Between two lines of the log about refused connections. */
  readonly refusalsEveryMs: number;
}

export const LIMITS = {
  handshakeMs: 5_000,
  mostHandshakes: 256,
  concurrentCalls: 100,
  connectionAgeMs: 10 * 60_000,
  connectionGraceMs: 60_000,
  keepaliveMs: 60_000,
  keepaliveAnswerMs: 20_000,
  drainMs: 10_000,
  certificatesEveryMs: 10_000,
  refusalsEveryMs: 10_000,
} as const satisfies Limits;
