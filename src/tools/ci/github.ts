// GitHub Actions runners: a scale set of actions-runner-controller and a controller for it alone.
import type { Target, Tool, ToolContext } from '../../context.ts';
import { MAX } from '../../manifests/names.ts';
import { Refused } from '../../problem.ts';
import type { ToolsSpec } from '../../spec.ts';
import type { JsonObject, Step } from '../../step.ts';
import { replacement } from '../../upgrade/moves.ts';
import {
  chartOf,
  chartVersion,
  namespaceManifest,
  objectName,
  objectStep,
  outsideName,
  releaseName,
  releaseStep,
  secretStep,
  stepName,
} from '../install.ts';

export type CiBlock = NonNullable<ToolsSpec['ci']>;
type Home = Target['home'];

/** Step names without the home: the agents' own cluster needs not say that it is about CI. */
function suffixesOf(home: Home) {
  const prefix = home === 'ci' ? 'runners' : 'ci';
  return {
    namespace: `${prefix}-namespace`,
    credentials: `${prefix}-credentials`,
    controller: `${prefix}-controller`,
    runners: home === 'ci' ? 'runners' : 'ci-runners',
  };
}

/** Fixed, because the scale set's chart must know it before the controller is there. */
const SERVICE_ACCOUNT = 'runner-controller';
const SECRET = 'github-credentials';
const DEFAULTS = { minimum: 0, maximum: 5 } as const;

export const github: Tool<CiBlock> = {
  component: 'github-runners',
  problems: problemsOf,
  plan(block, context) {
    const { home } = context.target;
    const suffixes = suffixesOf(home);
    const names = {
      namespace: stepName(home, suffixes.namespace),
      credentials: stepName(home, suffixes.credentials),
      controller: stepName(home, suffixes.controller),
    };
    // One namespace for controller and runners: the fewest resources. An outside name, because on
    // the tools cluster other environments have theirs.
    const name = objectName(context, suffixes.namespace, outsideName(context, 'ci'));
    const namespace = objectStep(context, {
      suffix: suffixes.namespace,
      title: 'ci-namespace',
      manifest: namespaceManifest(name),
      ready: 'exists',
    });
    const credentials = secretStep(context, {
      suffix: suffixes.credentials,
      title: 'ci-credentials',
      from: secretOf(block, context),
      to: { namespace: name, name: SECRET },
      needs: [names.namespace],
    });
    const controller = controllerStep(context, suffixes.controller, name, names.namespace);
    const runners = runnersStep(block, context, suffixes.runners, name, Object.values(names));
    if (context.version.away === true) {
      return [namespace, credentials, controller, { ...runners, withdrawn: true }];
    }
    return [namespace, credentials, controller, runners];
  },
  observedVersion(observed, home) {
    const { runners, controller } = suffixesOf(home);
    return chartVersion(observed, home, runners) ?? chartVersion(observed, home, controller);
  },
  moves: replacement,
  isAway(observed, home) {
    const { runners, controller } = suffixesOf(home);
    return observed.has(stepName(home, controller)) && !observed.has(stepName(home, runners));
  },
};

function controllerStep(
  context: ToolContext,
  suffix: string,
  namespace: string,
  needed: string,
): Step {
  // A digest is that of the component's chart, the scale set's; this one is its companion.
  const { digest: _, ...chart } = scaleSetChart(context);
  return releaseStep(context, {
    suffix,
    title: 'ci-controller',
    chart: { ...chart, name: `${chart.name}-controller` },
    namespace,
    skipCreateNamespace: true,
    values: {
      // Several controllers that watch a namespace each may share a cluster; one that watches all may not.
      flags: { watchSingleNamespace: namespace },
      serviceAccount: { create: true, name: SERVICE_ACCOUNT },
      ...placement(context.target),
    },
    needs: [needed],
    protects: [needed],
  });
}

function runnersStep(
  block: CiBlock,
  context: ToolContext,
  suffix: string,
  namespace: string,
  needed: readonly string[],
): Step {
  const nodes = placement(context.target);
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
      minRunners: block.agents?.minimum ?? DEFAULTS.minimum,
      maxRunners: block.agents?.maximum ?? DEFAULTS.maximum,
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
    needs: needed,
    // Runners and listeners have finalizers that only the controller takes off, with these credentials.
    protects: needed,
  });
  return { ...step, usage: `runs-on: ${scaleSet}` };
}

function scaleSetChart({ version }: ToolContext) {
  return chartOf(version, {
    repository: 'oci://ghcr.io/actions/actions-runner-controller-charts',
    name: 'gha-runner-scale-set',
  });
}

/** On a node pool: every CI pod selects it and tolerates its taint. */
function placement({ nodes }: Target): JsonObject {
  if (nodes === undefined) return {};
  return { nodeSelector: nodes.nodeSelector, tolerations: nodes.tolerations };
}

/** @throws Refused where there is no namespace to copy from */
function secretOf({ secretRef }: CiBlock, { environment }: ToolContext): string {
  if (environment.namespace !== '' && secretRef !== undefined) return secretRef.name;
  const message =
    'a composite without a claim has no namespace that its Secret could be in; make the environment with a claim';
  throw new Refused([{ reason: 'InvalidSpec', path: 'spec.tools.ci.secretRef', message }]);
}

interface BlockProblem {
  readonly path: string;
  readonly message: string;
}

function problemsOf({ url, secretRef, agents }: CiBlock): readonly BlockProblem[] {
  const problems: BlockProblem[] = [];
  const urlMessage = urlProblem(url);
  if (urlMessage !== undefined) problems.push({ path: 'url', message: urlMessage });
  if (secretRef === undefined) {
    problems.push({
      path: 'secretRef',
      message:
        'is needed; write {name: <Secret>}, a Secret in the namespace of the environment with github_token, or with github_app_id, github_app_installation_id and github_app_private_key',
    });
  }
  const { minimum = DEFAULTS.minimum, maximum = DEFAULTS.maximum } = agents ?? {};
  if (minimum > maximum) {
    const what =
      agents?.maximum === undefined ? `the default maximum, ${maximum}` : `maximum, ${maximum}`;
    problems.push({ path: 'agents.minimum', message: `${minimum} is more than ${what}` });
  }
  return problems;
}

/** The controller takes no other addresses (actions-runner-controller, github/actions/config.go). */
function urlProblem(url: string | undefined): string | undefined {
  const example =
    'https://github.com/acme/checkout, or https://github.com/acme for all its repositories';
  if (url === undefined) return `is needed; write whom the runners work for, such as ${example}`;
  if (!URL.canParse(url)) return `is not an address; write one such as ${example}`;
  const { username, password, pathname } = new URL(url);
  // Not repeated in the message: it would end up in events.
  if (username !== '' || password !== '')
    return 'must not contain credentials; they belong in secretRef';
  if (/^\/[^/]+(\/[^/]+)?\/?$/.test(pathname)) return undefined;
  return `must name an organization, a repository or enterprises/<name>, such as ${example}`;
}
