// The XRDs of both flavours and the CRD of the Catalog, as objects, from the zod schemas.
import { z } from 'zod';
import { catalogSchema } from './catalog/schema.ts';
import { catalogFromSchema } from './catalog/sources.ts';
import { structuralSchema } from './schema-to-crd.ts';
import { specShape, writeConnectionSecretToRefSchema } from './spec.ts';
import { statusSchema } from './status-schema.ts';
import type { Flavour, JsonObject } from './step.ts';

export const GROUP = 'platform.xenvironment.dev';
export const VERSION = 'v1alpha1';

/** Kind of the composite, by flavour. In the claims flavour `Environment` is the claim. */
export const KINDS = {
  claims: { kind: 'XEnvironment', plural: 'xenvironments' },
  namespaced: { kind: 'Environment', plural: 'environments' },
} as const satisfies Record<Flavour, object>;

const ENVIRONMENT_NAMES = {
  kind: 'Environment',
  listKind: 'EnvironmentList',
  plural: 'environments',
  singular: 'environment',
  shortNames: ['env', 'envs'],
};

/** What `kubectl get` shows beside the columns that Crossplane adds. */
const COLUMNS = [
  column('PURPOSE', '.spec.purpose'),
  column('CLUSTER', '.status.cluster.type'),
  column('KUBERNETES', '.status.cluster.version'),
  column('TOOLS', '.status.summary.tools'),
  column('PHASE', '.status.phase'),
  // A refusal leaves a claim's SYNCED True, so this column is the one that tells.
  column('ACCEPTED', ".status.conditions[?(@.type=='Accepted')].status"),
  // A date column would show how long ago it was, and nothing sensible for the future.
  column('EXPIRES', '.status.expiresAt'),
];

function column(name: string, jsonPath: string, type = 'string') {
  return { name, type, jsonPath };
}

/** The XRD of a flavour. */
export function definition(flavour: Flavour): JsonObject {
  return flavour === 'claims' ? claimsDefinition() : namespacedDefinition();
}

function claimsDefinition(): JsonObject {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'CompositeResourceDefinition',
    metadata: { name: `${KINDS.claims.plural}.${GROUP}` },
    spec: {
      scope: 'LegacyCluster',
      group: GROUP,
      names: {
        kind: KINDS.claims.kind,
        listKind: 'XEnvironmentList',
        plural: KINDS.claims.plural,
        singular: 'xenvironment',
        shortNames: ['xenv', 'xenvs'],
      },
      claimNames: ENVIRONMENT_NAMES,
      // A claim is gone only when its cluster is.
      defaultCompositeDeletePolicy: 'Foreground',
      connectionSecretKeys: ['kubeconfig'],
      versions: [version(COLUMNS, specShape)],
    },
  };
}

function namespacedDefinition(): JsonObject {
  const columns = [
    ...COLUMNS,
    column('CONNECT-TO', '.status.connection.secretName'),
    // Crossplane adds an AGE as well: in the wide output only, ours is not a second one in everybody's.
    { ...column('AGE', '.metadata.creationTimestamp', 'date'), priority: 1 },
  ];
  return {
    apiVersion: 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    metadata: { name: `${KINDS.namespaced.plural}.${GROUP}` },
    spec: {
      scope: 'Namespaced',
      group: GROUP,
      names: ENVIRONMENT_NAMES,
      versions: [
        // Crossplane gives this field to claims only; one manifest must fit both flavours.
        version(columns, {
          ...specShape,
          writeConnectionSecretToRef: writeConnectionSecretToRefSchema.optional(),
        }),
      ],
    },
  };
}

function version(columns: readonly JsonObject[], spec: z.ZodRawShape): JsonObject {
  return {
    name: VERSION,
    served: true,
    referenceable: true,
    additionalPrinterColumns: columns,
    schema: {
      openAPIV3Schema: {
        description: 'A place to run software: a cluster with its tools, on blessed versions.',
        type: 'object',
        required: ['spec'],
        properties: {
          spec: structuralSchema(
            z
              .object(spec)
              .describe('What the environment should be. Everything but purpose has a default.'),
          ),
          status: structuralSchema(statusSchema),
        },
      },
    },
  };
}

/** With `catalogFrom` everything else may come from elsewhere, so nothing but the kind is required. */
const withSources = catalogSchema
  .extend({ catalogFrom: catalogFromSchema })
  .partial()
  .required({ apiVersion: true, kind: true });

/** The CRD of the function's input. It is for tools and readers: Crossplane never installs it. */
export function catalogDefinition(): JsonObject {
  const schema = structuralSchema(withSources);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'catalogs.xenvironment.fn.crossplane.io' },
    spec: {
      group: 'xenvironment.fn.crossplane.io',
      names: {
        categories: ['crossplane'],
        kind: 'Catalog',
        listKind: 'CatalogList',
        plural: 'catalogs',
        singular: 'catalog',
      },
      scope: 'Namespaced',
      versions: [
        { name: VERSION, served: true, storage: true, schema: { openAPIV3Schema: inCrd(schema) } },
      ],
    },
  };
}

/** At a CRD's root the API server has its own rules for these three; metadata may not even be described. */
function inCrd(schema: JsonObject): JsonObject {
  const { properties, ...root } = schema;
  return {
    ...root,
    properties: {
      ...(properties as JsonObject),
      apiVersion: { description: 'xenvironment.fn.crossplane.io/v1alpha1', type: 'string' },
      kind: { description: 'Catalog', type: 'string' },
      metadata: { type: 'object' },
    },
  };
}
