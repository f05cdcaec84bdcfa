// Facts about outside resources, read from what is composed: a catalog never replaces or orphans them.
import type { ProviderConfigRef } from '../context.ts';
import { text } from '../json.ts';
import { ANNOTATIONS } from '../manifests/common.ts';
import type { Flavour, Observed, ObservedResource } from '../step.ts';

/** Undefined where it is not composed, or not text. */
export function observedText(
  found: ObservedResource | undefined,
  ...path: readonly (string | number)[]
): string | undefined {
  return text(found?.resource, ...path);
}

/** metadata.name of a step that is composed already: another one would be another resource. */
export function observedResourceName(observed: Observed, step: string): string | undefined {
  return observedText(observed.get(step), 'metadata', 'name');
}

/** The name outside; the providers take metadata.name where nobody wrote the annotation. */
export function observedOutsideName(found: ObservedResource | undefined): string | undefined {
  return (
    observedText(found, 'metadata', 'annotations', ANNOTATIONS.externalName) ??
    observedText(found, 'metadata', 'name')
  );
}

export function observedProviderConfig(
  found: ObservedResource | undefined,
): ProviderConfigRef | undefined {
  const name = observedText(found, 'spec', 'providerConfigRef', 'name');
  if (name === undefined) return undefined;
  const kind = observedText(found, 'spec', 'providerConfigRef', 'kind');
  return { kind: kind === 'ProviderConfig' ? kind : 'ClusterProviderConfig', name };
}

/** None or one sentence: nothing runs, the catalog says nothing, or both say the same. */
export function keptSentence(
  what: string,
  runs: string | undefined,
  wanted: string | undefined,
  consequence: string,
): string[] {
  if (runs === undefined || wanted === undefined || runs === wanted) return [];
  return [`${what} stays ${runs}: the catalog now says ${wanted}, which would ${consequence}`];
}

export function keptProviderConfig(
  flavour: Flavour,
  runs: ProviderConfigRef | undefined,
  wanted: ProviderConfigRef | undefined,
): string[] {
  const consequence = 'orphan the cluster';
  if (flavour === 'claims' || runs?.name !== wanted?.name) {
    return keptSentence('provider config', runs?.name, wanted?.name, consequence);
  }
  return keptSentence('kind of the provider config', runs?.kind, wanted?.kind, consequence);
}
