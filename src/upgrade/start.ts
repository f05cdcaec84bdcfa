// Whether the next hop starts in this call. It waits for everything else to be ready, and for the maintenance window.

import type { Decided, Inputs } from '../decided.ts';
import type { Progress } from '../step.ts';
import type { Journey } from './journey.ts';
import type { Hop } from './route.ts';
import { isAtRest, standOf } from './stands.ts';
import { isOpen, type Window, windowText } from './window.ts';

/** The hop that is under way, as the anchor remembers it: until its version is reached and ready. */
export interface UnderWay {
  /** `cluster/component` */
  readonly component: string;
  readonly from: string;
  readonly to: string;
}

export interface Start {
  /** Starts now. */
  readonly hop: Hop | undefined;
  /** To be remembered. */
  readonly underWay: UnderWay | undefined;
  /** Why the component that is next does not move now. */
  readonly held: { readonly decided: Decided; readonly why: string } | undefined;
}

export interface StartInput {
  readonly journey: Journey;
  /** How far everything is, standing where it stands. */
  readonly progress: readonly Progress[];
  /** Something that was left out is still going. */
  readonly isLeaving: boolean;
  readonly underWay: UnderWay | undefined;
  readonly window: Window | undefined;
  /** Whether the environment's own cluster can be planned: what is kept as it was observed does not move. */
  readonly isPlanned: boolean;
  readonly inputs: Inputs;
}

const NOTHING: Start = { hop: undefined, underWay: undefined, held: undefined };

export function startOf(input: StartInput): Start {
  const { journey, underWay } = input;
  const current = underWay && journey.decided.find((d) => componentKey(d) === underWay.component);
  // A hop that is not at its end goes on before anything else moves.
  const begun = current === undefined ? undefined : hopOf(journey, current);
  const going = current !== undefined && !isDone(current, input);
  if (going && begun === undefined) return unfinished(current, input);
  const hop = going ? begun : journey.hops[0];
  if (hop === undefined) return NOTHING;
  const why = obstacle(hop, going, input);
  if (why !== undefined) {
    return {
      hop: undefined,
      underWay: going ? underWay : undefined,
      held: { decided: hop.decided, why },
    };
  }
  const { version } = standOf(hop.decided);
  const to = isMiddle(hop, input) ? (hop.decided.next ?? hop.to.version) : hop.to.version;
  const next = { component: componentKey(hop.decided), from: version, to };
  return { hop, underWay: going ? underWay : next, held: undefined };
}

export function componentKey({ need }: Decided): string {
  return `${need.cluster}/${need.component}`;
}

function hopOf({ hops }: Journey, decided: Decided): Hop | undefined {
  return hops.find((hop) => hop.decided === decided);
}

/** Nothing is left to be done, but what was done is not ready. */
function unfinished(current: Decided, { underWay, progress }: StartInput): Start {
  const failed = failureOf(current, progress);
  const why = failed === undefined ? undefined : failedText(current, underWay, failed);
  return {
    hop: undefined,
    underWay,
    held: why === undefined ? undefined : { decided: current, why },
  };
}

/** It is where it was to go, or nobody wants it there any more: taken back, blocked or lost on the way. */
function isDone(current: Decided, { journey, underWay, progress, inputs }: StartInput): boolean {
  const stand = standOf(current);
  const there = stand.version === underWay?.to && isAtRest(current, stand, inputs);
  const ended = there || hopOf(journey, current) === undefined;
  return ended && ownOf(current, progress).every(isReady);
}

/** Something of the hop goes ahead, or has been taken away for it: the version is not reached yet. */
function isMiddle({ decided, to }: Hop, { inputs }: StartInput): boolean {
  return !isAtRest(decided, to, inputs);
}

function obstacle(hop: Hop, going: boolean, input: StartInput): string | undefined {
  const { decided } = hop;
  const { progress, window, inputs, underWay } = input;
  const withdrawing = hop.to.away === true && hop.from.away !== true;
  if (!input.isPlanned && decided.need.cluster === 'environment' && decided.need.part === 'cluster')
    return 'waits until the catalog describes the cluster again';
  if (input.isLeaving && !withdrawing) return 'waits until what is being removed is gone';
  const failed = failureOf(decided, progress);
  // Away from a version that never came up, or whose failure is what a developer wants to leave; but a hop that
  // failed stops the walk.
  if (failed !== undefined && underWay?.component === componentKey(decided)) {
    return failedText(decided, underWay, failed);
  }
  const free = failed !== undefined || withdrawing;
  const isOwn = (p: Progress) => p.step.part === decided.need.part;
  // What has been taken away is not kept away by something else that fails.
  const matters = (p: Progress) => (hop.from.away === true ? isOwn(p) : !(free && isOwn(p)));
  const waiting = progress.find((p) => !isReady(p) && matters(p));
  if (waiting !== undefined && waiting.state !== 'ready')
    return `waits for ${waiting.step.title}: ${waiting.why.message}`;
  if (!going && window !== undefined && !isOpen(window, inputs.now))
    return `waits for the maintenance window: ${windowText(window)}`;
  return undefined;
}

function isReady({ state }: Progress): boolean {
  return state === 'ready';
}

function ownOf({ need }: Decided, progress: readonly Progress[]): Progress[] {
  return progress.filter((p) => p.step.part === need.part);
}

function failureOf(decided: Decided, progress: readonly Progress[]): string | undefined {
  for (const p of ownOf(decided, progress)) {
    if (p.state !== 'ready' && p.why.reason === 'Failed')
      return `${p.step.title}: ${p.why.message}`;
  }
  return undefined;
}

function failedText(d: Decided, underWay: UnderWay | undefined, failed: string): string {
  return `the move from ${underWay?.from ?? d.version} to ${underWay?.to ?? d.version} failed (${failed}), and nothing moves on until that is ready`;
}
