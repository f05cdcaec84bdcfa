// Knative Serving with Kourier, installed by the Knative operator.
import { means, plain } from '../catalog/compare.ts';
import { newestFirst } from '../catalog/lifecycle.ts';
import type { Tool } from '../context.ts';
import { text } from '../json.ts';
import { objectReady } from '../readiness.ts';
import type { ToolsSpec } from '../spec.ts';
import type { JsonObject, Readiness } from '../step.ts';
import { bundles, operatorFirst } from '../upgrade/moves.ts';
import {
  chartOf,
  chartVersion,
  namespaceManifest,
  objectStep,
  releaseStep,
  stepName,
  textOf,
} from './install.ts';

export type KnativeBlock = NonNullable<ToolsSpec['knative']>;

const OPERATOR = 'knative-operator';
const NAMESPACE = 'knative-namespace';
const SERVING = 'knative-serving';

export const knative: Tool<KnativeBlock> = {
  component: 'knative',
  // The oldest listed operator that brings the version along.
  chartFor(version, entries) {
    const fitting = newestFirst(entries).filter(
      (entry) => entry.blocked === undefined && bundles(entry.version, version),
    );
    const oldest = fitting.at(-1);
    return oldest === undefined ? undefined : (oldest.chart ?? oldest.version);
  },
  // A shared Knative is the host's, and refused before it comes here.
  problems: () => [],
  plan(block, context) {
    const { home } = context.target;
    const chart = chartOf(context.version, {
      repository: 'https://knative.github.io/operator',
      name: 'knative-operator',
    });
    const operator = releaseStep(context, {
      suffix: OPERATOR,
      title: OPERATOR,
      // The repository's index says v1.23.0 and Chart.yaml 1.23.0, which is what provider-helm compares with.
      chart: { ...chart, version: plain(chart.version) },
      namespace: 'knative-operator',
      values: {},
    });
    const namespace = objectStep(context, {
      suffix: NAMESPACE,
      title: NAMESPACE,
      manifest: namespaceManifest('knative-serving'),
      ready: 'exists',
    });
    const serving = objectStep(context, {
      suffix: SERVING,
      title: SERVING,
      manifest: servingManifest(block, context.version.version, context.target.cluster.type),
      ready: 'Ready',
      needs: [stepName(home, OPERATOR), stepName(home, NAMESPACE)],
      // Uninstalling the operator deletes its CRDs, and with them a KnativeServing that nobody finalizes.
      protects: [stepName(home, OPERATOR)],
    });
    return [operator, namespace, { ...serving, notReady: servingReady }];
  },
  moves: operatorFirst,
  observedChart: (observed, home) => chartVersion(observed, home, OPERATOR),
  observedVersion(observed, home) {
    const serving = textOf(
      observed,
      home,
      SERVING,
      'spec',
      'forProvider',
      'manifest',
      'spec',
      'version',
    );
    return serving ?? chartVersion(observed, home, OPERATOR);
  },
};

/** Ready of the version before counts for nothing: the operator says in its status what it has installed. */
const servingReady: Readiness = (observed) => {
  const why = objectReady(observed);
  if (why !== undefined) return why;
  const manifest = ['forProvider', 'manifest', 'spec', 'version'];
  const wanted = text(observed.resource, 'spec', ...manifest);
  const installed = text(
    observed.resource,
    'status',
    'atProvider',
    'manifest',
    'status',
    'version',
  );
  if (wanted === undefined || installed === undefined || means(wanted, installed)) return undefined;
  return { reason: 'Upgrading', message: `${installed} is being replaced by ${wanted}` };
};

/** Shape: the operator's CRD, `operator.knative.dev/v1beta1`. */
function servingManifest(block: KnativeBlock, version: string, cluster: string): JsonObject {
  // In a vcluster a load balancer costs the host one, and without a domain nobody outside finds it;
  // with a domain the services are meant to be reached, which a ClusterIP inside a vcluster cannot be.
  const outside = cluster === 'gke' || block.domain !== undefined;
  return {
    apiVersion: 'operator.knative.dev/v1beta1',
    kind: 'KnativeServing',
    metadata: { name: 'knative-serving', namespace: 'knative-serving' },
    spec: {
      // major.minor is the newest patch that the operator brings.
      version,
      ingress: {
        kourier: { enabled: true, 'service-type': outside ? 'LoadBalancer' : 'ClusterIP' },
      },
      config: {
        network: { 'ingress-class': 'kourier.ingress.networking.knative.dev' },
        ...(block.domain === undefined ? {} : { domain: { [block.domain]: '' } }),
      },
    },
  };
}
