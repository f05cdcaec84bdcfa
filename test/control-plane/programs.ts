/** The programs of a control plane: which pinned module each comes from, and how it is linked. */

export interface Program {
  /** The folder under tools/ whose go.mod pins the module. */
  readonly tool: string;
  readonly package: string;
  /** `name=value` pairs for the linker's -X. */
  readonly variables: readonly string[];
  /** A module that is built with the files of tools/<tool>/added beside its own. */
  readonly addedTo?: string;
}

// Without its version stamped in, Crossplane calls every package that asks for one incompatible.
const crossplaneVersion = 'github.com/crossplane/crossplane-runtime/v2/pkg/version.version';
const kubernetesVersion = 'k8s.io/component-base/version';
// Both providers would take :8080 for their metrics, and neither has a flag for it.
const noMetrics = 'sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=0';
// provider-helm keeps what it pulls by name and version: of every control plane of the machine in /tmp/charts, and here
// in its working folder.
const pulledCharts =
  'github.com/crossplane-contrib/provider-helm/pkg/clients/helm.chartCache=pulled-charts';

export const programs = {
  'crossplane-core': {
    tool: 'crossplane-core',
    package: 'github.com/crossplane/crossplane/v2/cmd/crossplane',
    variables: [`${crossplaneVersion}=v2.3.4`],
  },
  crossplane: {
    tool: 'crossplane-cli',
    package: 'github.com/crossplane/cli/v2/cmd/crossplane',
    variables: [`${crossplaneVersion}=v2.5.0`],
  },
  etcd: { tool: 'kube', package: 'go.etcd.io/etcd/server/v3', variables: [] },
  'kube-apiserver': {
    tool: 'kube',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    variables: [
      `${kubernetesVersion}.gitVersion=v1.35.3`,
      `${kubernetesVersion}.gitMajor=1`,
      `${kubernetesVersion}.gitMinor=35`,
    ],
  },
  kubectl: {
    tool: 'kube',
    package: 'k8s.io/kubernetes/cmd/kubectl',
    variables: [`${kubernetesVersion}.gitVersion=v1.35.3`],
  },
  gc: { tool: 'kube', package: './gc', variables: [] },
  'provider-helm': {
    tool: 'provider-helm',
    package: 'github.com/crossplane-contrib/provider-helm/cmd/provider',
    variables: [noMetrics, pulledCharts],
  },
  helm: { tool: 'provider-helm', package: 'helm.sh/helm/v3/cmd/helm', variables: [] },
  'provider-kubernetes': {
    tool: 'provider-kubernetes',
    package: 'github.com/crossplane-contrib/provider-kubernetes/cmd/provider',
    variables: [noMetrics],
    addedTo: 'github.com/crossplane-contrib/provider-kubernetes',
  },
  vcluster: {
    tool: 'vcluster',
    package: 'github.com/loft-sh/vcluster/cmd/vcluster',
    variables: ['github.com/loft-sh/vcluster/pkg/telemetry.SyncerVersion=v0.36.1'],
  },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;
