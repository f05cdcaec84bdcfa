// What a developer may write: the schema of Environment.spec. The XRDs are generated from it.
import { z } from 'zod';
import { dnsSubdomain, duration, strict, version } from './schema.ts';

export const CLUSTER_TYPES = ['gke', 'vcluster'] as const;
export type ClusterType = (typeof CLUSTER_TYPES)[number];

/** A name from the catalog; an unknown one is refused by the function, with the known ones, not by a pattern. */
const reference = z.string().min(1).max(63);
const enabled = z
  .boolean()
  .optional()
  .describe('false removes a tool that the purpose does not require. Default: true.');
const secretRef = strict({
  name: dnsSubdomain.describe('Name of a Secret in the namespace of the environment.'),
}).describe(
  'A Secret with credentials. It is copied to where it is needed by the provider, and never passes through the function.',
);

export const knativeSchema = strict({
  enabled,
  version: version
    .optional()
    .describe('A blessed version, such as "1.23". Default: the blessed default.'),
  mode: z
    .enum(['dedicated', 'shared'])
    .optional()
    .describe(
      "dedicated: installed in the environment. shared: the host's own, synced into the vcluster. Default: dedicated.",
    ),
  domain: z
    .string()
    .max(253)
    .regex(/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
      error: (issue) =>
        `${JSON.stringify(issue.input)} is not a domain; write it like "checkout.dev.acme.example"`,
    })
    .optional()
    .describe('Domain of the services. Left out: Knative’s own default, reachable from inside.'),
}).describe('Knative Serving, installed by its operator, with Kourier as its ingress.');

export const AGENTS = ['github', 'gitlab', 'tekton', 'buildkite', 'jenkins'] as const;
export const ciSchema = strict({
  enabled,
  agent: z.enum(AGENTS).optional().describe('Whose CI agents run here.'),
  version: version.optional().describe('A blessed version. Default: the blessed default.'),
  url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s]+$/, {
      error: 'must be an http(s) address like "https://github.com/acme/checkout"',
    })
    .optional()
    .describe('Whom the agents work for, such as the address of a repository or an organization.'),
  secretRef: secretRef.optional(),
  agents: strict({
    minimum: z
      .int()
      .min(0)
      .max(1000)
      .optional()
      .describe(
        'Agents that always wait for work. Default: 0; 1 for the agent of a Jenkins controller.',
      ),
    maximum: z.int().min(1).max(1000).optional().describe('Agents at the most. Default: 5.'),
  })
    .optional()
    .describe('How many agents run.'),
}).describe("CI agents. They never run on the applications' nodes.");

export const ENGINES = ['argocd', 'flux'] as const;
export const gitopsSchema = strict({
  enabled,
  engine: z.enum(ENGINES).optional().describe('Which GitOps engine.'),
  mode: z
    .enum(['install', 'hub'])
    .optional()
    .describe(
      'install: into the environment. hub: register the environment with an existing engine. Default: install.',
    ),
  version: version.optional().describe('A blessed version. Default: the blessed default.'),
  repository: strict({
    url: z.string().max(2048).describe('Address of the repository.'),
    path: z.string().max(1024).optional().describe('Folder in the repository. Default: its root.'),
    revision: z
      .string()
      .max(256)
      .optional()
      .describe('Branch, tag or commit. Default: the default branch.'),
  })
    .optional()
    .describe('What is deployed into the environment.'),
  secretRef: secretRef.optional(),
}).describe('A GitOps engine pointed at a repository.');

export const extraSchema = strict({
  name: reference.describe('A key of tools in the catalog.'),
  enabled,
  version: version.optional().describe('A blessed version. Default: the blessed default.'),
});

/** Tools that spec.tools names itself, in the order in which they are planned. */
export const BUILT_IN_TOOLS = ['knative', 'ci', 'gitops'] as const;

export function isBuiltIn(tool: string): tool is (typeof BUILT_IN_TOOLS)[number] {
  return BUILT_IN_TOOLS.some((name) => name === tool);
}

export const toolsSchema = strict({
  knative: knativeSchema.optional(),
  ci: ciSchema.optional(),
  gitops: gitopsSchema.optional(),
  extra: z
    .array(extraSchema)
    .max(100)
    .optional()
    .describe('Tools that the catalog declares.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
}).describe(
  'Tools, merged over the bundle of the purpose: objects by key, extra by name, this one wins.',
);
export type ToolsSpec = z.output<typeof toolsSchema>;

export const clusterSchema = strict({
  type: z
    .enum(CLUSTER_TYPES)
    .optional()
    .describe('Ask for a cluster type. Left out: the placement rules of the catalog decide.'),
  location: reference
    .optional()
    .describe('Region or zone, gke only. One of clusters.gke.locations of the catalog.'),
  host: reference
    .optional()
    .describe('Host cluster, vcluster only. A name in clusters.vcluster.hosts of the catalog.'),
  moveFrom: reference
    .optional()
    .describe(
      'Confirms a move to another cluster: the present status.cluster.name. Not built yet, and refused.',
    ),
}).describe('Where the environment lives.');

/** Our part of spec. At its top other keys are let be: Crossplane's, or a team's for other pipeline steps. */
export const specShape = {
  purpose: reference.describe(
    'What the environment is for: a key of purposes in the catalog, such as development.',
  ),
  team: reference
    .optional()
    .describe(
      'Owning team: the namespace of the environment, or a team of the catalog that lists it. Default: that.',
    ),
  size: reference.optional().describe("A key of sizes in the catalog. Default: the purpose's."),
  cluster: clusterSchema.optional(),
  kubernetes: strict({
    version: version
      .optional()
      .describe('A blessed version, such as "1.35". Default: the blessed default.'),
  })
    .optional()
    .describe('The Kubernetes version.'),
  tools: toolsSchema.optional(),
  lifetime: duration
    .optional()
    .describe(
      "How long the environment is meant to live, such as 72h; at most the purpose's maximum.",
    ),
  suspended: z
    .boolean()
    .optional()
    .describe(
      'true: no nodes and no virtual control plane run, the data is kept. Not built yet, and refused. Default: false.',
    ),
} as const;
export const specSchema = z.looseObject(specShape);
/** What is written in spec, our keys only. */
export type Spec = z.output<z.ZodObject<typeof specShape>>;

/** Declared by the v2 XRD as well, so that one manifest fits both flavours. */
export const writeConnectionSecretToRefSchema = strict({
  name: dnsSubdomain.describe('Name of the Secret.'),
}).describe('Where the kubeconfig is written. Default: <name>-kubeconfig.');
