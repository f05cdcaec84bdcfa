// Tekton: its operator, and a TektonConfig that says what the operator installs.
import { COMPONENT_OF_AGENT } from '../../catalog/schema.ts';
import type { Home, Tool, ToolContext } from '../../context.ts';
import type { JsonObject, Step } from '../../step.ts';
import { chartOf, chartVersion, namespaceManifest, objectStep, releaseStep } from '../install.ts';
import { type CiBlock, unwanted } from './block.ts';
import { placement } from './ground.ts';
import { suffixOf } from './suffixes.ts';

const NAMESPACE = 'tekton-operator';

export const tekton: Tool<CiBlock> = {
  component: COMPONENT_OF_AGENT.tekton,
  problems: (block, home) => [
    ...sharedProblems(home),
    ...unwanted(block, 'url', 'nobody calls in; pipelines are started in its cluster'),
    ...unwanted(block, 'secretRef', 'credentials belong to each pipeline'),
    ...unwanted(block, 'agents', 'every task has a pod of its own'),
  ],
  plan(_block, context) {
    const suffix = (part: string) => suffixOf(context.target.home, 'tekton', part);
    const namespace = objectStep(context, {
      suffix: suffix('namespace'),
      title: 'ci-namespace',
      manifest: namespaceManifest(NAMESPACE),
      ready: 'exists',
    });
    const operator = operatorStep(context, suffix('operator'), namespace);
    const config = objectStep(context, {
      suffix: suffix('config'),
      title: 'ci-config',
      manifest: configManifest(context),
      ready: 'Ready',
      needs: [namespace.name, operator.name],
      // Uninstalling the operator deletes its CRDs, and with them a TektonConfig that nobody finalizes.
      protects: [operator.name],
    });
    return [namespace, operator, config];
  },
  observedVersion: (observed, home) =>
    chartVersion(observed, home, suffixOf(home, 'tekton', 'operator')),
};

function operatorStep(context: ToolContext, suffix: string, namespace: Step): Step {
  return releaseStep(context, {
    suffix,
    title: 'ci-operator',
    chart: chartOf(context.version, {
      repository: 'oci://ghcr.io/tektoncd/operator/charts',
      name: 'tekton-operator',
    }),
    namespace: NAMESPACE,
    skipCreateNamespace: true,
    values: {
      // Without them the operator does not even start.
      installCRDs: true,
      // The TektonConfig is ours: two makers of one object would fight.
      operator: { autoInstallComponents: false },
      ...placement(context),
    },
    needs: [namespace.name],
    protects: [namespace.name],
  });
}

/** Shape: the operator's CRD, `operator.tekton.dev/v1alpha1`; it takes no other name than config. */
function configManifest(context: ToolContext): JsonObject {
  const nodes = placement(context);
  // Maps of configuration hold text; JSON is YAML.
  const pods = JSON.stringify(nodes);
  return {
    apiVersion: 'operator.tekton.dev/v1alpha1',
    kind: 'TektonConfig',
    metadata: { name: 'config' },
    spec: {
      // Pipelines and triggers, without a dashboard that anybody could use.
      profile: 'basic',
      targetNamespace: 'tekton-pipelines',
      // `disabled` must be said as soon as anything is said about it.
      pruner: {
        disabled: false,
        resources: ['taskrun', 'pipelinerun'],
        keep: 100,
        schedule: '0 3 * * *',
      },
      ...(context.target.nodes === undefined
        ? {}
        : {
            config: nodes,
            pipeline: {
              'default-pod-template': pods,
              'default-affinity-assistant-pod-template': pods,
            },
          }),
    },
  };
}

/** Its CRDs and its TektonConfig are there once in a cluster. */
function sharedProblems(home: Home) {
  if (home !== 'tools') return [];
  return [
    {
      path: 'agent',
      reason: 'ToolNotAllowed' as const,
      message:
        'tekton can be installed once in a cluster, and CI agents of all environments share the tools cluster here (ci.isolation: tools-cluster); choose another agent, or ask the platform team for virtual-cluster or node-pool',
    },
  ];
}
