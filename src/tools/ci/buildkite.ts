// Buildkite agents: a controller that starts a pod for each job of its queue.
import { COMPONENT_OF_AGENT } from '../../catalog/schema.ts';
import type { Tool, ToolContext } from '../../context.ts';
import type { JsonObject, Step } from '../../step.ts';
import { chartOf, chartVersion, outsideName, releaseStep, textOf } from '../install.ts';
import {
  agentsOf,
  type BlockProblem,
  type CiBlock,
  onDemandProblems,
  secretProblems,
  unwanted,
} from './block.ts';
import { credentialsStep, type Ground, groundOf, placement, standingOn } from './ground.ts';
import { suffixOf } from './suffixes.ts';

const SECRET = 'buildkite-credentials';

export const buildkite: Tool<CiBlock> = {
  component: COMPONENT_OF_AGENT.buildkite,
  problems: problemsOf,
  plan(block, context) {
    const ground = groundOf(context, {
      agent: 'buildkite',
      suffix: 'ci-buildkite',
      // The kubernetes plugin in a pipeline has the last word on a job's pod.
      podsByAuthors: true,
    });
    const { namespace } = ground;
    const credentials = credentialsStep(context, {
      agent: 'buildkite',
      block,
      namespace,
      name: SECRET,
    });
    return [...ground.steps, credentials, stackStep(block, context, ground, credentials)];
  },
  observedVersion: (observed, home) => chartVersion(observed, home, stackSuffix(home)),
};

function stackSuffix(home: ToolContext['target']['home']): string {
  return suffixOf(home, 'buildkite', 'stack');
}

function stackStep(block: CiBlock, context: ToolContext, ground: Ground, credentials: Step): Step {
  const { namespace } = ground;
  const queue = queueOf(context);
  const step = releaseStep(context, {
    suffix: stackSuffix(context.target.home),
    title: 'ci-stack',
    chart: chartOf(context.version, {
      repository: 'oci://ghcr.io/buildkite/helm',
      name: 'agent-stack-k8s',
    }),
    namespace,
    skipCreateNamespace: true,
    values: {
      agentStackSecret: SECRET,
      config: { queue, 'max-in-flight': agentsOf(block).maximum, ...podsOf(context) },
      ...placement(context),
    },
    ...standingOn(ground, credentials),
  });
  return { ...step, usage: `agents: {queue: ${queue}}` };
}

/** Pipelines name it, so it stays as it is: in names of the outside world, or what runs. */
function queueOf(context: ToolContext): string {
  const { observed, target } = context;
  const path = ['spec', 'forProvider', 'values', 'config', 'queue'];
  const known = textOf(observed, target.home, stackSuffix(target.home), ...path);
  return known ?? outsideName(context, 'ci');
}

/** The chart's schema takes a whole PodSpec, in which `containers` is required. */
function podsOf(context: ToolContext): JsonObject {
  if (context.target.nodes === undefined) return {};
  return { 'pod-spec-patch': { containers: [], ...placement(context) } };
}

function problemsOf(block: CiBlock): readonly BlockProblem[] {
  return [
    ...unwanted(block, 'url', 'the agent token in secretRef says whose jobs they are'),
    ...secretProblems(block, 'BUILDKITE_AGENT_TOKEN, the token of a Buildkite cluster'),
    ...onDemandProblems(block, "a job's pod starts with the job"),
  ];
}
