// GitHub Actions runners: a scale set of actions-runner-controller and a controller for it alone.
import { COMPONENT_OF_AGENT } from '../../catalog/schema.ts';
import type { Tool, ToolContext } from '../../context.ts';
import { MAX } from '../../manifests/names.ts';
import type { Step } from '../../step.ts';
import { replacement } from '../../upgrade/moves.ts';
import { chartOf, chartVersion, releaseName, releaseStep, stepName } from '../install.ts';
import {
  agentsOf,
  agentsProblems,
  type BlockProblem,
  type CiBlock,
  secretProblems,
  urlProblems,
} from './block.ts';
import { credentialsStep, type Ground, groundOf, placement, standingOn } from './ground.ts';
import { suffixOf } from './suffixes.ts';

/** Fixed, because the scale set's chart must know it before the controller is there. */
const SERVICE_ACCOUNT = 'runner-controller';
const SECRET = 'github-credentials';

export const github: Tool<CiBlock> = {
  component: COMPONENT_OF_AGENT.github,
  problems: problemsOf,
  plan(block, context) {
    const ground = groundOf(context, { agent: 'github', suffix: 'ci' });
    const { namespace } = ground;
    const credentials = credentialsStep(context, {
      agent: 'github',
      block,
      namespace,
      name: SECRET,
    });
    const controller = controllerStep(context, ground);
    const runners = runnersStep(block, context, ground, [credentials, controller]);
    const before = [...ground.steps, credentials, controller];
    if (context.version.away === true) return [...before, { ...runners, withdrawn: true }];
    return [...before, runners];
  },
  observedVersion(observed, home) {
    const runners = chartVersion(observed, home, suffixOf(home, 'github', 'runners'));
    return runners ?? chartVersion(observed, home, suffixOf(home, 'github', 'controller'));
  },
  moves: replacement,
  isAway(observed, home) {
    const there = (part: string) => observed.has(stepName(home, suffixOf(home, 'github', part)));
    return there('controller') && !there('runners');
  },
};

function controllerStep(context: ToolContext, ground: Ground): Step {
  const { namespace } = ground;
  // A digest is that of the component's chart, the scale set's; this one is its companion.
  const { digest: _, ...chart } = scaleSetChart(context);
  return releaseStep(context, {
    suffix: suffixOf(context.target.home, 'github', 'controller'),
    title: 'ci-controller',
    chart: { ...chart, name: `${chart.name}-controller` },
    namespace,
    skipCreateNamespace: true,
    values: {
      // Several controllers that watch a namespace each may share a cluster; one that watches all may not.
      flags: { watchSingleNamespace: namespace },
      serviceAccount: { create: true, name: SERVICE_ACCOUNT },
      ...placement(context),
    },
    ...standingOn(ground),
  });
}

function runnersStep(
  block: CiBlock,
  context: ToolContext,
  ground: Ground,
  before: readonly Step[],
): Step {
  const { namespace } = ground;
  const nodes = placement(context);
  const agents = agentsOf(block);
  const suffix = suffixOf(context.target.home, 'github', 'runners');
  const scaleSet = releaseName(context, suffix, MAX.runnerScaleSet);
  const step = releaseStep(context, {
    suffix,
    title: 'ci-runners',
    chart: scaleSetChart(context),
    namespace,
    skipCreateNamespace: true,
    longestName: MAX.runnerScaleSet,
    values: {
      githubConfigUrl: block.url ?? '',
      githubConfigSecret: SECRET,
      minRunners: agents.minimum,
      maxRunners: agents.maximum,
      runnerScaleSetName: scaleSet,
      // Looked up by the chart otherwise, which fails until the controller is there.
      controllerServiceAccount: { name: SERVICE_ACCOUNT, namespace },
      ...(context.target.nodes === undefined
        ? {}
        : {
            // Helm merges maps: the runner container stays the chart's. A listener's has no default.
            template: { spec: nodes },
            listenerTemplate: { spec: { containers: [{ name: 'listener' }], ...nodes } },
          }),
    },
    // Runners and listeners have finalizers that only the controller takes off, with these credentials.
    ...standingOn(ground, ...before),
  });
  return { ...step, usage: `runs-on: ${scaleSet}` };
}

function scaleSetChart({ version }: ToolContext) {
  return chartOf(version, {
    repository: 'oci://ghcr.io/actions/actions-runner-controller-charts',
    name: 'gha-runner-scale-set',
  });
}

function problemsOf(block: CiBlock): readonly BlockProblem[] {
  return [
    ...urlProblems(
      block,
      { of: 'whom the runners work for', example: EXAMPLE },
      // The controller takes no other addresses (actions-runner-controller, github/actions/config.go).
      ({ pathname }) =>
        /^\/[^/]+(\/[^/]+)?\/?$/.test(pathname)
          ? undefined
          : `must name an organization, a repository or enterprises/<name>, such as ${EXAMPLE}`,
    ),
    ...secretProblems(
      block,
      'github_token, or with github_app_id, github_app_installation_id and github_app_private_key',
    ),
    ...agentsProblems(block),
  ];
}

const EXAMPLE =
  'https://github.com/acme/checkout, or https://github.com/acme for all its repositories';
