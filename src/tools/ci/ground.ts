// What agents of every kind stand on: a namespace, what it may use, and the copied Secret.
import type { ToolContext } from '../../context.ts';
import { Refused } from '../../problem.ts';
import type { JsonObject, Step } from '../../step.ts';
import { objectName, objectStep, outsideName, secretStep, stepName } from '../install.ts';
import { policyBindingManifest, policyManifest } from './admission.ts';
import type { CiBlock } from './block.ts';
import { limitsManifest, networkManifest, quotaManifest } from './bounds.ts';
import { type Agent, suffixOf } from './suffixes.ts';

export interface Ground {
  /** Of everything that the agents need. */
  readonly namespace: string;
  readonly steps: readonly Step[];
  /** Names of the steps that must be there before a pod of the agents. */
  readonly needs: readonly string[];
  /** Those of them that must outlive it. */
  readonly protects: readonly string[];
}

export interface GroundOptions {
  readonly agent: Agent;
  /** The namespace's outside name is called after this. */
  readonly suffix: string;
  /** Most pods at once, where nothing else sees to that. */
  readonly pods?: number;
  /** Authors of pipelines write the pods, so that a chart's values do not keep them on the nodes for CI. */
  readonly podsByAuthors?: boolean;
}

/** One namespace for controller and agents: the fewest resources. */
export function groundOf(context: ToolContext, options: GroundOptions): Ground {
  const { agent, pods, podsByAuthors = false } = options;
  const { home, bounds, nodes } = context.target;
  const suffix = (part: string) => suffixOf(home, agent, part);
  // An outside name, because on the tools cluster other environments have theirs.
  const namespace = objectName(context, suffix('namespace'), outsideName(context, options.suffix));
  const space = objectStep(context, {
    suffix: suffix('namespace'),
    title: 'ci-namespace',
    manifest: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        // Code of strangers gets no privileges on nodes. A vcluster's host sees to that by itself.
        ...(home === 'ci' ? {} : { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } }),
      },
    },
    ready: 'exists',
  });
  const within = (part: string, manifest: JsonObject): Step =>
    objectStep(context, {
      suffix: suffix(part),
      title: `ci-${part}`,
      manifest,
      ready: 'exists',
      // No Usage: it is the namespace's, and gone with it.
      needs: [space.name],
    });
  const policy = () => objectName(context, suffix('policy'), outsideName(context, options.suffix));
  const more = [
    ...(bounds === undefined && pods === undefined
      ? []
      : [within('quota', quotaManifest(namespace, { bounds, ...(pods && { pods }) }))]),
    ...(bounds === undefined
      ? []
      : [
          within('limits', limitsManifest(namespace, bounds)),
          within('network', networkManifest(namespace)),
        ]),
    ...(nodes === undefined || !podsByAuthors
      ? []
      : [
          within('policy', policyManifest(policy(), namespace, nodes.nodeSelector)),
          within('policy-binding', policyBindingManifest(policy(), namespace)),
        ]),
  ];
  const steps = [space, ...more];
  return { namespace, steps, needs: steps.map((step) => step.name), protects: [space.name] };
}

/** What a step on this ground needs, and what must outlive it: the same for more steps before it. */
export function standingOn(
  ground: Ground,
  ...before: readonly Step[]
): { readonly needs: readonly string[]; readonly protects: readonly string[] } {
  const names = before.map((step) => step.name);
  return { needs: [...ground.needs, ...names], protects: [...ground.protects, ...names] };
}

/** The Secret that the environment names, where the agents run. */
export function credentialsStep(
  context: ToolContext,
  options: {
    readonly agent: Agent;
    readonly block: CiBlock;
    readonly namespace: string;
    /** What the agents' chart finds it by. */
    readonly name: string;
  },
): Step {
  const { home } = context.target;
  return secretStep(context, {
    suffix: suffixOf(home, options.agent, 'credentials'),
    title: 'ci-credentials',
    from: secretOf(options.block, context),
    to: { namespace: options.namespace, name: options.name },
    needs: [stepName(home, suffixOf(home, options.agent, 'namespace'))],
  });
}

/** @throws Refused where there is no namespace to copy from */
function secretOf({ secretRef }: CiBlock, { environment }: ToolContext): string {
  if (environment.namespace !== '' && secretRef !== undefined) return secretRef.name;
  const message =
    'a composite without a claim has no namespace that its Secret could be in; make the environment with a claim';
  throw new Refused([{ reason: 'InvalidSpec', path: 'spec.tools.ci.secretRef', message }]);
}

/** On a node pool: every CI pod selects it and tolerates its taint. */
export function placement({ target: { nodes } }: ToolContext): JsonObject {
  if (nodes === undefined) return {};
  return { nodeSelector: nodes.nodeSelector, tolerations: nodes.tolerations };
}
