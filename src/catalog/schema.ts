// What a platform team may write: the schema of the Catalog, the function's input. Its CRD is generated from it.
import { IANAZone } from 'luxon';
import { z } from 'zod';
import {
  date,
  dnsLabel,
  dnsSubdomain,
  duration,
  milliseconds,
  quantity,
  strict,
  version,
} from '../schema.ts';
import {
  type AGENTS,
  CLUSTER_TYPES,
  ciSchema,
  ENGINES,
  extraSchema,
  gitopsSchema,
  knativeSchema,
  toolsSchema,
} from '../spec.ts';

/** The components that the function itself knows how to install. */
export const COMPONENTS = [
  'kubernetes',
  'vcluster',
  'knative',
  'github-runners',
  'gitlab-runner',
  'tekton',
  'buildkite',
  'jenkins',
  'argocd',
  'flux',
] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** Whose versions CI agents have. */
export const COMPONENT_OF_AGENT = {
  github: 'github-runners',
  gitlab: 'gitlab-runner',
  tekton: 'tekton',
  buildkite: 'buildkite',
  jenkins: 'jenkins',
} as const satisfies Readonly<Record<(typeof AGENTS)[number], ComponentName>>;

/** A map with keys of our choice of schema; `__proto__` and the like are ordinary, bad keys. */
const map = <V extends z.ZodType>(value: V) => z.record(dnsLabel, value);
const freeObject = z
  .record(z.string(), z.json())
  .meta({ 'x-kubernetes-preserve-unknown-fields': true });

const providerConfig = strict({
  name: dnsSubdomain.describe('Name of the provider config.'),
  kind: z
    .enum(['ProviderConfig', 'ClusterProviderConfig'])
    .optional()
    .describe('Namespaced flavour only. Default: ClusterProviderConfig.'),
});

const requires = z
  .record(z.string().max(63), z.string().max(100))
  .describe(
    'Version ranges by component, catalog tool or "host" (the Kubernetes of the vcluster host).',
  );

export const versionEntrySchema = strict({
  version: version.describe('major.minor, meaning any patch, or exact. This is what spec names.'),
  chart: version.optional().describe('Chart version. Default: version.'),
  image: z
    .string()
    .max(512)
    .optional()
    .describe(
      'Kubernetes: image tag, by default v<version>.0. Jenkins: the whole image of an agent that waits.',
    ),
  digest: z
    .string()
    .regex(/^sha256:[a-f0-9]{64}$/, { error: 'must be "sha256:" and 64 hexadecimal digits' })
    .optional()
    .describe('Digest of an OCI chart.'),
  supported: date
    .optional()
    .describe('First day on which new environments may use it. Left out: always.'),
  deprecated: date
    .optional()
    .describe('From this day on new environments may not use it. Left out: never.'),
  expires: date.optional().describe('From this day on nobody should run it. Left out: never.'),
  blocked: z.string().min(1).max(1024).optional().describe('Why nobody may use it, such as a CVE.'),
  default: z.boolean().optional().describe('Chosen when nobody asks for a version.'),
  requires: requires.optional(),
  clusters: z
    .array(z.enum(CLUSTER_TYPES))
    .min(1)
    .optional()
    .describe('Only on these cluster types.'),
}).describe('A blessed version.');
export type VersionEntry = z.output<typeof versionEntrySchema>;

const chartOverride = strict({
  repository: z.string().max(2048).optional().describe('Chart repository, https:// or oci://.'),
  name: z.string().max(253).optional().describe('Chart name.'),
});
const versions = z.array(versionEntrySchema).max(500).describe('Its versions, in any order.');
export const componentSchema = strict({
  versions,
  chart: chartOverride.optional().describe('Another place for the chart, such as a mirror.'),
}).describe('A component that the function knows how to install.');
export type Component = z.output<typeof componentSchema>;

const required = { required: z.boolean().optional().describe('true forbids enabled: false.') };
export const bundleSchema = strict({
  ...toolsSchema.shape,
  knative: strict({ ...knativeSchema.shape, ...required })
    .optional()
    .describe('Knative Serving.'),
  ci: strict({ ...ciSchema.shape, ...required })
    .optional()
    .describe('CI agents.'),
  gitops: strict({ ...gitopsSchema.shape, ...required })
    .optional()
    .describe('A GitOps engine.'),
  extra: z
    .array(strict({ ...extraSchema.shape, ...required }))
    .max(100)
    .optional()
    .describe('Tools that the catalog declares.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
}).describe(
  'The bundle of tools, as in spec.tools, with required: true where a tool may not be removed.',
);
export type Bundle = z.output<typeof bundleSchema>;

const LONGEST_WINDOW = 168 * 3_600_000;

const purposeSchema = strict({
  size: dnsLabel.describe('Default size.'),
  clusters: z
    .array(z.enum(CLUSTER_TYPES))
    .min(1)
    .optional()
    .describe('Cluster types that may be asked for or chosen. Default: all.'),
  access: z
    .enum(['direct', 'gitops'])
    .optional()
    .describe('direct: developers get the kubeconfig. gitops: they do not. Default: direct.'),
  developers: z
    .enum(['cluster-admin', 'admin', 'edit', 'view'])
    .optional()
    .describe(
      'With access: direct, what the kubeconfig of a new vcluster may do: a ClusterRole. On GKE its IAM decides. Default: cluster-admin.',
    ),
  upgrades: z
    .enum(['automatic', 'manual'])
    .optional()
    .describe('automatic: versions follow the catalog. manual: they stay. Default: manual.'),
  maintenance: strict({
    days: z
      .array(z.enum(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']))
      .min(1)
      .optional()
      .describe('Days on which it begins. Left out: every day.'),
    start: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day like "22:00"' })
      .describe('Time of day at which it begins.'),
    duration: duration
      .refine((value) => milliseconds(value) <= LONGEST_WINDOW, {
        error: 'must be at most a week, 168h; leave maintenance out for upgrades at any time',
      })
      .describe('How long it lasts, at most 168h.'),
    timezone: z
      .string()
      .max(64)
      .refine((zone) => IANAZone.isValidZone(zone), {
        error: 'must be the name of a time zone such as Europe/Berlin',
      })
      .optional()
      .describe('IANA name such as Europe/Berlin. Default: UTC.'),
  })
    .optional()
    .describe('When an upgrade may start.'),
  tools: bundleSchema.optional(),
  lifetime: strict({
    default: duration.optional().describe('When spec.lifetime is left out. Default: the maximum.'),
    maximum: duration.optional().describe('The longest that may be asked for. Left out: any.'),
  })
    .optional()
    .describe('How long environments live. Left out: for ever. maximum alone is the default too.'),
}).describe('What an environment can be for.');
export type Purpose = z.output<typeof purposeSchema>;

export const sizeSchema = strict({
  vcluster: strict({
    cpu: quantity.describe('CPU for everything in it, such as "4".'),
    memory: quantity.describe('Memory for everything in it, such as 8Gi.'),
    storage: quantity.describe('Storage for everything in it, such as 20Gi.'),
    replicas: z
      .int()
      .min(1)
      .max(7)
      .optional()
      .describe('Control plane replicas; above 1 with an etcd of its own. Default: 1.'),
  })
    .optional()
    .describe('What a virtual cluster may use of its host.'),
  gke: strict({
    machineType: z.string().max(63).describe('Machine type of the nodes, such as e2-standard-2.'),
    nodes: strict({
      minimum: z.int().min(0).max(1000).describe('Fewest nodes.'),
      maximum: z.int().min(1).max(1000).describe('Most nodes.'),
    }).describe('Nodes over all zones together.'),
    diskGb: z
      .int()
      .min(10)
      .max(65536)
      .optional()
      .describe('Size of a boot disk in GB. Default: 100.'),
    diskType: z
      .string()
      .max(63)
      .optional()
      .describe('Type of the boot disks. Default: pd-balanced.'),
    spot: z
      .boolean()
      .optional()
      .describe('Spot machines: cheap, and taken away at any time. Default: false.'),
  })
    .optional()
    .describe('The nodes of a GKE cluster.'),
  hourlyCost: strict({
    vcluster: z.number().min(0).optional().describe('As a virtual cluster.'),
    gke: z.number().min(0).optional().describe('As a GKE cluster.'),
    currency: z.string().max(8).describe('Currency, such as USD.'),
  })
    .optional()
    .describe('Estimated cost of an hour, for rules and status.cost.'),
}).describe('What a size means for each cluster type.');
export type Size = z.output<typeof sizeSchema>;

const use = z.string().max(63).describe('A cluster type: gke or vcluster.');
const ruleSchema = strict({
  name: dnsLabel.describe('Name of the rule, as status.decision gives it.'),
  when: z
    .string()
    .min(1)
    .max(4096)
    .describe('CEL over environment, sizes and cost that gives true or false.'),
  use,
  host: dnsLabel.optional().describe('With vcluster: the host.'),
  location: dnsLabel.optional().describe('With gke: the location.'),
  reason: z.string().max(1024).optional().describe('What developers read as the reason.'),
});
export type Rule = z.output<typeof ruleSchema>;

const gkeSchema = strict({
  project: z.string().min(1).max(63).describe('Google Cloud project.'),
  locations: z.array(dnsLabel).min(1).describe('Regions or zones; the first is the default.'),
  zones: z
    .record(dnsLabel, z.array(dnsLabel).min(1))
    .optional()
    .describe('Zones of the nodes, by location.'),
  releaseChannel: z
    .enum(['RAPID', 'REGULAR', 'STABLE', 'EXTENDED'])
    .optional()
    .describe('Release channel. Default: REGULAR.'),
  network: strict({
    name: z.string().max(253).describe('Name of the VPC network.'),
    subnetwork: z.string().max(253).optional().describe('Name of the subnetwork.'),
  })
    .optional()
    .describe("Network of the clusters. Left out: the project's default."),
  securityGroup: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe(
      'gke-security-groups@<domain>, with which GKE knows the groups of teams. Left out: none.',
    ),
  providerConfig: providerConfig.optional().describe('Of provider-gcp. Default: default.'),
  identity: strict({
    source: z
      .enum(['InjectedIdentity', 'Secret'])
      .describe(
        "InjectedIdentity: the provider's own, such as workload identity. Secret: a key in a Secret.",
      ),
    secretRef: strict({
      namespace: dnsLabel.describe('Namespace of the Secret.'),
      name: dnsSubdomain.describe('Name of the Secret.'),
      key: z.string().max(253).describe('Key in the Secret.'),
    })
      .optional()
      .describe('With source: Secret.'),
  })
    .optional()
    .describe('How the Helm and Kubernetes providers log in. Default: InjectedIdentity.'),
}).describe('GKE clusters.');
export type GkeCatalog = z.output<typeof gkeSchema>;

const DOMAIN = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const hostSchema = strict({
  name: dnsLabel.describe('Name of the host, as spec.cluster.host gives it.'),
  providerConfig: providerConfig
    .optional()
    .describe(
      'provider-helm and provider-kubernetes both have one of this name. Default: the name of the host.',
    ),
  kubernetes: version.optional().describe('Kubernetes version of the host.'),
  endpoint: strict({
    type: z
      .enum(['InCluster', 'LoadBalancer', 'Ingress'])
      .describe(
        'How: inside the host only, by a load balancer each, or by host names of an ingress.',
      ),
    domain: z
      .string()
      .max(190)
      .regex(DOMAIN, { error: 'must be a domain like "dev.acme.example"' })
      .optional()
      .describe(
        'The virtual cluster is called <name>.<domain>. Needed with Ingress; with LoadBalancer external-dns makes the name, and without a domain the address is used.',
      ),
    ingressClass: dnsSubdomain.optional().describe('With Ingress: its class. Default: none.'),
    annotations: z
      .record(z.string().max(317), z.string().max(1024))
      .optional()
      .describe(
        'Of the Ingress or the Service. Default, with Ingress: those with which ingress-nginx passes TLS through.',
      ),
  })
    .optional()
    .describe(
      "How the virtual cluster is reached. Default: InCluster, the host is Crossplane's own cluster.",
    ),
  closed: z.string().min(1).max(1024).optional().describe('Why no new environments come here.'),
  knative: strict({
    version: version.describe('Version of Knative Serving on the host.'),
    licensed: z
      .boolean()
      .optional()
      .describe('The host has the vCluster licence that syncing needs. Default: false.'),
    licenseSecret: strict({
      namespace: dnsLabel.describe('Namespace of the Secret on the host.'),
      name: dnsSubdomain.describe('Name of the Secret.'),
    })
      .optional()
      .describe(
        'Where the key of the vCluster Platform is. Default: vcluster-platform-api-key in vcluster-platform.',
      ),
  })
    .optional()
    .describe('The host offers shared Knative.'),
});
export type Host = z.output<typeof hostSchema>;

const vclusterSchema = strict({
  edition: z
    .enum(['oss', 'pro'])
    .optional()
    .describe('Edition of the control plane image: oss has no licensed feature. Default: oss.'),
  hosts: z
    .array(hostSchema)
    .min(1)
    .max(200)
    .describe('Host clusters; the first that is not closed is the default.'),
}).describe('Virtual clusters.');
export type VclusterCatalog = z.output<typeof vclusterSchema>;

const keyRef = strict({
  name: dnsSubdomain.describe('Name of the Secret or ConfigMap.'),
  key: z.string().min(1).max(253).optional().describe('Its key. Default: values.yaml.'),
  optional: z.boolean().optional().describe('true: it may be missing. Default: false.'),
});
const toolSchema = strict({
  chart: strict({
    repository: z.string().min(1).max(2048).describe('Chart repository, https:// or oci://.'),
    name: z.string().min(1).max(253).describe('Chart name.'),
  }).describe('The Helm chart.'),
  namespace: dnsLabel.describe('Where it is installed.'),
  values: freeObject
    .optional()
    .describe(`Values of the chart; \${…} in a string is a CEL expression.`),
  valuesFrom: z
    .array(
      strict({
        secretKeyRef: keyRef.optional().describe('A Secret.'),
        configMapKeyRef: keyRef.optional().describe('A ConfigMap.'),
      }),
    )
    .max(20)
    .optional()
    .describe(
      'Secrets and ConfigMaps in the namespace of the environment with more values, later ones over earlier ones; provider-helm reads them.',
    ),
  namespaceLabels: z
    .record(z.string().max(317), z.string().max(63))
    .optional()
    .describe('Labels of the namespace, which is then made and deleted with the tool.'),
  after: z
    .array(dnsLabel)
    .optional()
    .describe('Tools that are installed first where they are present.'),
  ready: strict({
    object: strict({
      apiVersion: z.string().min(1).max(317).describe('Such as apps/v1.'),
      kind: z.string().min(1).max(63).describe('Such as Deployment.'),
      name: dnsSubdomain.describe('Its name.'),
      namespace: dnsLabel.optional().describe('Left out: it is in no namespace.'),
    }).describe('What is looked at in the cluster that the tool is in.'),
    when: z
      .string()
      .min(1)
      .max(4096)
      .describe('CEL over `object` that gives true or false; what it reads is guarded with has().'),
  })
    .optional()
    .describe(
      'The tool is ready when its release is, and then this. Left out: when its release is.',
    ),
  versions,
}).describe("One of the organization's own tools.");
export type CatalogTool = z.output<typeof toolSchema>;

const waiverSchema = strict({
  component: z.string().max(63).describe('Component or catalog tool.'),
  version: version.describe('The version that is allowed, as the catalog writes it.'),
  environments: z
    .array(z.string().max(127))
    .min(1)
    .describe('namespace/name, with * for any text.'),
  expires: date.describe('From this day on it is void.'),
  owner: z.string().max(253).describe('Who answers for it.'),
  reason: z.string().max(1024).describe('Why it was given.'),
});
export type Waiver = z.output<typeof waiverSchema>;

export const catalogShape = {
  organization: dnsLabel.describe('In the hash of outside names and in labels.'),
  controlPlane: dnsLabel
    .optional()
    .describe('In the hash too: control planes that share a catalog share no cloud resource.'),
  teams: map(
    strict({
      namespaces: z.array(z.string().max(127)).min(1).describe('Namespaces, with * for any text.'),
      group: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .describe(
          'Group of the identity provider: edits inside with access: direct, views with access: gitops.',
        ),
    }),
  )
    .optional()
    .describe('Teams that own environments in several namespaces, by name.'),
  purposes: map(purposeSchema)
    .refine((p) => Object.keys(p).length > 0, { error: 'at least one purpose is needed' })
    .describe('What environments can be for, by name. At least one.'),
  sizes: map(sizeSchema)
    .refine((s) => Object.keys(s).length > 0, { error: 'at least one size is needed' })
    .describe('Sizes of environments, by name. At least one.'),
  placement: strict({
    rules: z.array(ruleSchema).max(200).optional().describe('The first that matches decides.'),
    default: strict({
      use,
      host: dnsLabel.optional().describe('With vcluster: the host.'),
      location: dnsLabel.optional().describe('With gke: the location.'),
      reason: z.string().max(1024).optional().describe('What developers read as the reason.'),
    })
      .optional()
      .describe('What decides when no rule matches.'),
  })
    .optional()
    .describe('Where environments live that do not ask for a cluster type.'),
  clusters: strict({
    gke: gkeSchema.optional(),
    vcluster: vclusterSchema.optional(),
    tools: strict({
      providerConfig: providerConfig.describe(
        'provider-helm and provider-kubernetes both have one of this name.',
      ),
      kubernetes: version.optional().describe('Kubernetes version of the cluster.'),
      gitops: strict({
        engine: z.enum(ENGINES).describe('Which engine runs there.'),
        namespace: dnsLabel.describe(
          'Where environments are registered: that of Argo CD, or one that Flux watches.',
        ),
      })
        .optional()
        .describe('A GitOps engine that serves many environments, for tools.gitops.mode: hub.'),
    })
      .optional()
      .describe("The platform's cluster for CI and other shared tools."),
  }).describe('The clusters that there are. At least one of gke and vcluster.'),
  secretsNamespace: dnsLabel
    .optional()
    .describe('Claims flavour: where connection secrets go. Default: crossplane-system.'),
  ci: strict({
    isolation: z
      .enum(['tools-cluster', 'virtual-cluster', 'node-pool'])
      .describe(
        'tools-cluster: in clusters.tools. virtual-cluster: in one of their own. node-pool: on nodes of their own, gke only.',
      ),
    host: dnsLabel
      .optional()
      .describe(
        "With virtual-cluster: its host. Default: the environment's own, else the first that is not closed.",
      ),
    size: dnsLabel.optional().describe("Size of what they run on. Default: the environment's."),
  })
    .optional()
    .describe('Where CI agents run. Never on the nodes of the applications.'),
  components: strict(
    Object.fromEntries(COMPONENTS.map((name) => [name, componentSchema.optional()])) as Record<
      ComponentName,
      z.ZodOptional<typeof componentSchema>
    >,
  ).describe('The blessed versions of what the function itself installs.'),
  tools: map(toolSchema)
    .optional()
    .describe("The organization's own tools, for spec.tools.extra, by name."),
  waivers: z
    .array(waiverSchema)
    .max(1000)
    .optional()
    .describe('Exceptions for some environments, each with an end.'),
} as const;

export const CATALOG_API_VERSION = 'xenvironment.fn.crossplane.io/v1alpha1';
export const catalogSchema = strict({
  apiVersion: z.literal(CATALOG_API_VERSION),
  kind: z.literal('Catalog'),
  metadata: freeObject.optional(),
  // Taken out of the input before it is parsed: see sources.ts.
  catalogFrom: z
    .undefined({
      error: 'belongs into the input of the pipeline step, not into what that refers to',
    })
    .optional(),
  ...catalogShape,
});
export type CatalogDocument = z.output<typeof catalogSchema>;
