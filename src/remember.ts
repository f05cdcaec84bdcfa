// What the anchor is given to remember of a call that has been accepted.
import { type Accepted, acceptedText, type Resolved } from './accepted.ts';
import type { Decided } from './decided.ts';
import type { Request } from './environment.ts';
import { text } from './json.ts';
import { ANNOTATIONS } from './manifests/common.ts';
import type { Decision } from './placement.ts';
import type { Leaving } from './removal.ts';
import type { JsonObject, Manifest, Step } from './step.ts';
import { memoryNames, type Survey } from './survey.ts';
import type { Start } from './upgrade/start.ts';

interface Remembered {
  readonly request: Request;
  readonly decision: Decision;
  readonly versions: readonly Decided[];
  readonly survey: Survey;
  readonly start: Start;
}

/** What is remembered of this call when it has been accepted. */
function acceptedNow({ request, decision, versions, survey, start }: Remembered): Accepted {
  const { environment, purpose, lifetime, asked, size } = request;
  const resolved: Resolved = {
    purpose: environment.purpose,
    team: environment.team,
    size: environment.size,
    access: environment.access,
    upgrades: purpose.upgrades ?? 'manual',
    cluster: {
      type: decision.type,
      ...(decision.host === undefined ? {} : { host: decision.host }),
      ...(decision.location === undefined ? {} : { location: decision.location }),
    },
    tools: environment.tools,
    ...(lifetime === undefined ? {} : { lifetime }),
    sizeMeans: (size ?? survey.accepted?.resolved.sizeMeans ?? null) as JsonObject | null,
  };
  return {
    resolved,
    asked: asked as JsonObject,
    versions: Object.fromEntries(
      versions.map((d) => [`${d.need.cluster}/${d.need.component}`, d.version]),
    ),
    decision: { rule: decision.rule, reason: decision.reason },
    underWay: start.underWay,
  };
}

/** The manifest of a step, with the memory if this is what remembers. */
export function remembering(
  { name, manifest }: Step,
  call: Remembered,
  leaving: readonly Leaving[],
): Manifest {
  const [cluster, ...earlier] = memoryNames(call.decision.type);
  if (name === cluster) {
    return annotated(manifest, {
      [ANNOTATIONS.accepted]: acceptedText(acceptedNow(call)),
      ...(leaving.length === 0 ? {} : { [ANNOTATIONS.leaving]: JSON.stringify(leaving) }),
    });
  }
  if (!earlier.includes(name)) return manifest;
  // Once the cluster remembers, this stays as it is: every update is an event.
  const found = call.survey.anchor === cluster ? call.survey.ours.get(name)?.resource : undefined;
  const before = text(found, 'metadata', 'annotations', ANNOTATIONS.accepted);
  return annotated(manifest, {
    [ANNOTATIONS.accepted]: before ?? acceptedText(acceptedNow(call)),
  });
}

function annotated(manifest: Manifest, ours: Readonly<Record<string, string>>): Manifest {
  const { [ANNOTATIONS.leaving]: _, ...annotations } = manifest.metadata.annotations ?? {};
  return {
    ...manifest,
    metadata: { ...manifest.metadata, annotations: { ...annotations, ...ours } },
  };
}
