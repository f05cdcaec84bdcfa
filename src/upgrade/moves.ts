// From where to where a component may go in one hop. A tool names its way in its own file; the plain one is the default.
import { compareVersions, minorOf, plain } from '../catalog/compare.ts';

/** How far a component stands. Most have one chart of their own version; some have something that goes ahead. */
export interface Stand {
  /** As the catalog writes it; what runs, if the catalog has no such entry. */
  readonly version: string;
  /** What is installed for it: a chart's version, or the image tag of a virtual cluster's Kubernetes. */
  readonly chart: string;
  /** In the middle of a replacement: what depends on it has been taken away and comes back. */
  readonly away?: true;
}

/** The stands that one move leads to, best first. `rungs` are the versions that may be stood on, oldest first. */
export type Moves = (from: Stand, to: Stand, rungs: readonly Stand[]) => readonly Stand[];

/** Straight to the target, or to any version before it that something else may need on the way. */
export const direct: Moves = (from, to, rungs) =>
  rungs.filter((rung) => isAhead(rung, from) && !isAhead(rung, to)).reverse();

/** At most one minor at a time: Kubernetes and vcluster support nothing else. */
export const minorByMinor: Moves = (from, to, rungs) =>
  direct(from, to, rungs).filter((rung) => minorsApart(from.version, rung.version) <= 1);

/** An operator's chart first, and when that is ready the version that it installs. */
export const chartFirst: Moves = (from, to, rungs) =>
  direct(from, to, rungs).map((rung) =>
    compareVersions(rung.chart, from.chart) > 0
      ? { version: from.version, chart: rung.chart }
      : { version: rung.version, chart: from.chart },
  );

/** Minors before its own that a Knative operator still installs (knative/operator, pkg/reconciler/common/releases.go). */
export const BUNDLED_MINORS = 3;

/**
 * Knative: one minor at a time, the operator (the chart) before Serving (the version), and only operators that
 * bring both the version that runs and the one that it goes to.
 */
export const operatorFirst: Moves = (from, to, rungs) => {
  const serving = rungs
    .filter((rung) => compareVersions(rung.version, from.version) > 0)
    .filter((rung) => compareVersions(rung.version, to.version) <= 0)
    .filter((rung) => minorsApart(from.version, rung.version) <= 1)
    .filter((rung) => bundles(from.chart, rung.version))
    .map((rung) => ({ version: rung.version, chart: from.chart }));
  const operator = [...rungs, to]
    .filter((rung) => compareVersions(rung.chart, from.chart) > 0)
    .filter((rung) => compareVersions(rung.chart, to.chart) <= 0)
    .filter((rung) => minorsApart(from.chart, rung.chart) <= 1)
    .filter((rung) => bundles(rung.chart, from.version))
    .map((rung) => ({ version: from.version, chart: rung.chart }));
  return [...serving.reverse(), ...operator.reverse()];
};

export function bundles(operator: string, version: string): boolean {
  const behind = minorNumber(operator) - minorNumber(version);
  return behind >= 0 && behind <= BUNDLED_MINORS;
}

/**
 * GitHub runners: another minor is a replacement, because Helm does not upgrade the CRDs of the controller's chart:
 * the scale sets go, then the controller moves, then the scale sets come back. A patch goes in place.
 */
export const replacement: Moves = (from, to, rungs) => {
  const { version, chart } = from;
  if (from.away === true) {
    const controller = direct({ version, chart }, to, rungs).map((rung) => ({
      ...rung,
      away: true as const,
    }));
    return plain(chart) === plain(to.chart) ? [{ version: to.version, chart }] : controller;
  }
  if (minorsApart(version, to.version) === 0) return direct(from, to, rungs);
  return [{ version, chart, away: true }];
};

export function isAhead(a: Stand, b: Stand): boolean {
  const versions = compareVersions(a.version, b.version);
  return versions > 0 || (versions === 0 && compareVersions(a.chart, b.chart) > 0);
}

/** Some write a leading v where others do not. */
export function keyOf({ version, chart, away }: Stand): string {
  return `${version} ${plain(chart)} ${away === true ? 'away' : ''}`;
}

export function isSame(a: Stand, b: Stand): boolean {
  return keyOf(a) === keyOf(b);
}

/** 1021 of 1.21: an order over majors too. */
function minorNumber(version: string): number {
  const [major = 0, minor = 0] = minorOf(version).split('.').map(Number);
  return major * 1000 + minor;
}

/** Minors from one version up to another; a new major is one away when it begins at .0. */
export function minorsApart(from: string, to: string): number {
  const [major = 0, minor = 0] = minorOf(from).split('.').map(Number);
  const [nextMajor = 0, nextMinor = 0] = minorOf(to).split('.').map(Number);
  if (major === nextMajor) return Math.abs(nextMinor - minor);
  return nextMajor === major + 1 && nextMinor === 0 ? 1 : Number.POSITIVE_INFINITY;
}
