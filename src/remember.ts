// What the anchor is given to remember of a call that has been accepted.
import { type Accepted, acceptedText, type Resolved } from './accepted.ts';
import type { Request } from './environment.ts';
import { ANNOTATIONS } from './manifests/common.ts';
import type { Decision } from './placement.ts';
import type { Leaving } from './removal.ts';
import type { JsonObject, Manifest } from './step.ts';
import type { Survey } from './survey.ts';
import type { Decided } from './versions.ts';

/** What is remembered of this call when it has been accepted. */
export function acceptedNow({
  request,
  decision,
  versions,
  survey,
}: {
  readonly request: Request;
  readonly decision: Decision;
  readonly versions: readonly Decided[];
  readonly survey: Survey;
}): Accepted {
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
    versions: Object.fromEntries(versions.map((d) => [`${d.need.cluster}/${d.need.component}`, d.version])),
    decision: { rule: decision.rule, reason: decision.reason },
  };
}

export function remembering(manifest: Manifest, accepted: Accepted, leaving: readonly Leaving[]): Manifest {
  const { [ANNOTATIONS.leaving]: _, ...annotations } = manifest.metadata.annotations ?? {};
  return {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      annotations: {
        ...annotations,
        [ANNOTATIONS.accepted]: acceptedText(accepted),
        ...(leaving.length === 0 ? {} : { [ANNOTATIONS.leaving]: JSON.stringify(leaving) }),
      },
    },
  };
}
