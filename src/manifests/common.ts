// What all composed resources share: metadata, policies, references, in both flavours.
import type { Context, ProviderConfigRef } from '../context.ts';
import type { Flavour, JsonObject, Manifest } from '../step.ts';
import { labelValue } from './names.ts';

export const PREFIX = 'platform.xenvironment.dev';
export const LABELS = {
  environment: `${PREFIX}/environment`,
  team: `${PREFIX}/team`,
  purpose: `${PREFIX}/purpose`,
  /** Which tool a resource belongs to. */
  tool: `${PREFIX}/tool`,
} as const;
export const ANNOTATIONS = {
  accepted: `${PREFIX}/accepted`,
  requestedBy: `${PREFIX}/requested-by`,
  /** Composition resource names of what this needs: read when it is removed. */
  needs: `${PREFIX}/needs`,
  /** On the anchor: what was left out and may still be going. */
  leaving: `${PREFIX}/leaving`,
  externalName: 'crossplane.io/external-name',
} as const;

/** Without Delete: what is inside a vcluster dies with it, and an uninstall could hang on a broken one. */
export const KEEP_ON_DELETE = ['Observe', 'Create', 'Update', 'LateInitialize'] as const;

/** What is not ours: left alone whatever happens to who looks at it. */
export const OBSERVE_ONLY = ['Observe'] as const;

export function labelsOf(environment: Context['environment']): Record<string, string> {
  return {
    [LABELS.environment]: labelValue(environment.name),
    [LABELS.team]: labelValue(environment.team),
    [LABELS.purpose]: labelValue(environment.purpose),
  };
}

export interface Meta {
  readonly name: string;
  /** The resource's name in the outside world: immutable, so it never follows metadata.name. */
  readonly externalName?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function metadata(context: Context, meta: Meta): Manifest['metadata'] {
  return {
    name: meta.name,
    ...namespaceOf(context),
    labels: { ...labelsOf(context.environment), ...meta.labels },
    ...(meta.externalName === undefined
      ? {}
      : { annotations: { [ANNOTATIONS.externalName]: meta.externalName } }),
  };
}

/** A namespaced XR may only compose into its own namespace; cluster-scoped kinds have none. */
export function namespaceOf(context: Context): { namespace?: string } {
  return context.flavour === 'namespaced' ? { namespace: context.environment.namespace } : {};
}

/** `kind` exists only in the namespaced providers. */
export function providerConfigRef(flavour: Flavour, ref: ProviderConfigRef): JsonObject {
  return flavour === 'namespaced' ? { kind: ref.kind, name: ref.name } : { name: ref.name };
}

/** Where connection details are written: a namespaced resource writes into its own namespace. */
export function connectionSecretRef(context: Context, name: string): JsonObject {
  if (context.flavour === 'namespaced') return { name };
  return { namespace: secretsNamespace(context), name };
}

/** Namespace of the connection Secrets that provider configs read. */
export function secretsNamespace(context: Context): string {
  if (context.flavour === 'namespaced') return context.environment.namespace;
  return context.catalog.secretsNamespace ?? 'crossplane-system';
}
