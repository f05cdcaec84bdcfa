// GitLab runners: a manager that starts a pod for each job.
import { COMPONENT_OF_AGENT } from '../../catalog/schema.ts';
import type { Tool, ToolContext } from '../../context.ts';
import type { Step } from '../../step.ts';
import { chartOf, chartVersion, releaseStep } from '../install.ts';
import {
  agentsOf,
  type BlockProblem,
  type CiBlock,
  onDemandProblems,
  secretProblems,
  urlProblems,
} from './block.ts';
import { credentialsStep, type Ground, groundOf, placement, standingOn } from './ground.ts';
import { suffixOf } from './suffixes.ts';

const SECRET = 'gitlab-credentials';

export const gitlab: Tool<CiBlock> = {
  component: COMPONENT_OF_AGENT.gitlab,
  problems: problemsOf,
  plan(block, context) {
    const ground = groundOf(context, { agent: 'gitlab', suffix: 'ci-gitlab' });
    const { namespace } = ground;
    const credentials = credentialsStep(context, {
      agent: 'gitlab',
      block,
      namespace,
      name: SECRET,
    });
    return [...ground.steps, credentials, runnerStep(block, context, ground, credentials)];
  },
  observedVersion: (observed, home) =>
    chartVersion(observed, home, suffixOf(home, 'gitlab', 'runner')),
};

function runnerStep(block: CiBlock, context: ToolContext, ground: Ground, credentials: Step): Step {
  const { namespace } = ground;
  return releaseStep(context, {
    suffix: suffixOf(context.target.home, 'gitlab', 'runner'),
    title: 'ci-runner',
    chart: chartOf(context.version, {
      repository: 'https://charts.gitlab.io',
      name: 'gitlab-runner',
    }),
    namespace,
    skipCreateNamespace: true,
    values: {
      gitlabUrl: block.url ?? '',
      concurrent: agentsOf(block).maximum,
      // The chart's default creates none, and then the manager may start no pod.
      rbac: { create: true, rules: RULES },
      serviceAccount: { create: true },
      runners: { secret: SECRET, jobNamespace: namespace, config: configOf(context, namespace) },
      ...placement(context),
    },
    // At its end the manager signs off at GitLab, with its token.
    ...standingOn(ground, credentials),
  });
}

/** What the manager needs for its jobs; the chart's default is everything in the namespace. */
const RULES = [
  { resources: ['events'], verbs: ['list', 'watch'] },
  { resources: ['pods'], verbs: ['create', 'delete', 'get', 'list', 'watch'] },
  { resources: ['pods/attach', 'pods/exec'], verbs: ['create', 'delete', 'get', 'patch'] },
  { resources: ['pods/log'], verbs: ['get', 'list'] },
  { resources: ['secrets'], verbs: ['create', 'delete', 'get', 'update'] },
  { resources: ['serviceaccounts'], verbs: ['get'] },
  { resources: ['services'], verbs: ['create', 'get'] },
] as const;

/**
 * TOML for the pods of the jobs. A job may overwrite neither selector nor namespace unless this
 * says so (docs.gitlab.com/runner/executors/kubernetes, "Overwrite").
 */
function configOf({ target: { nodes } }: ToolContext, namespace: string): string {
  const lines = [
    '[[runners]]',
    '  executor = "kubernetes"',
    '  [runners.kubernetes]',
    `    namespace = "${namespace}"`,
    '    image = "alpine"',
    '    privileged = false',
  ];
  if (nodes === undefined) return `${lines.join('\n')}\n`;
  lines.push('    [runners.kubernetes.node_selector]');
  for (const [key, value] of Object.entries(nodes.nodeSelector))
    lines.push(`      "${key}" = "${value}"`);
  lines.push('    [runners.kubernetes.node_tolerations]');
  for (const { key, value, effect } of nodes.tolerations)
    lines.push(`      "${key}=${value}" = "${effect}"`);
  return `${lines.join('\n')}\n`;
}

function problemsOf(block: CiBlock): readonly BlockProblem[] {
  return [
    ...urlProblems(block, { of: 'the address of the GitLab server', example: EXAMPLE }, notServer),
    ...secretProblems(
      block,
      'runner-token (glrt-…, which says whom the runner works for) and runner-registration-token (empty)',
    ),
    ...onDemandProblems(block, "a job's pod starts with the job"),
  ];
}

const EXAMPLE = 'https://gitlab.com';

/** A server of one's own may lie below a path; on gitlab.com a path is a group or a project. */
function notServer({ hostname, pathname }: URL): string | undefined {
  if (hostname !== 'gitlab.com' || pathname === '/') return undefined;
  return `must be the server, ${EXAMPLE}: which group or project the runner works for is in its token`;
}
