// Jenkins agents: rights for the kubernetes plugin of a central controller, and if it is asked for an agent that waits.
import { COMPONENT_OF_AGENT } from '../../catalog/schema.ts';
import type { ChosenVersion, Home, Tool, ToolContext } from '../../context.ts';
import { Refused } from '../../problem.ts';
import type { JsonObject, Step } from '../../step.ts';
import { objectStep, textOf } from '../install.ts';
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

const SECRET = 'jenkins-credentials';
/** Name of the service account, its role and the binding. */
const ACCOUNT = 'jenkins';
const VERSION = 'app.kubernetes.io/version';

export const jenkins: Tool<CiBlock> = {
  component: COMPONENT_OF_AGENT.jenkins,
  problems: problemsOf,
  plan(block, context) {
    const ground = groundOf(context, {
      agent: 'jenkins',
      suffix: 'ci-jenkins',
      pods: agentsOf(block).maximum,
      // A Jenkinsfile may bring the whole pod.
      podsByAuthors: true,
    });
    const rights = rightsSteps(context, ground);
    return [...ground.steps, ...rights, ...waitingSteps(block, context, ground)];
  },
  observedVersion: (observed, home) =>
    textOf(
      observed,
      home,
      accountSuffix(home),
      ...['spec', 'forProvider', 'manifest', 'metadata', 'labels', VERSION],
    ),
};

function accountSuffix(home: Home): string {
  return suffixOf(home, 'jenkins', 'account');
}

/** What the kubernetes plugin needs (jenkinsci/kubernetes-plugin, src/main/kubernetes/service-account.yml). */
const RULES = [
  {
    apiGroups: [''],
    resources: ['pods', 'pods/exec'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['watch'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
] as const;

function rightsSteps(context: ToolContext, ground: Ground): Step[] {
  const { namespace } = ground;
  const { home, nodes } = context.target;
  const within = (part: string, title: string, manifest: JsonObject): Step =>
    objectStep(context, {
      suffix: suffixOf(home, 'jenkins', part),
      title,
      manifest,
      ready: 'exists',
      // No Usage: they are the namespace's, and gone with it.
      needs: ground.needs,
    });
  const selected = Object.entries(nodes?.nodeSelector ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  const metadata = { name: ACCOUNT, namespace };
  const rbac = 'rbac.authorization.k8s.io';
  const account = within('account', 'ci-account', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata, labels: { [VERSION]: context.version.version } },
  });
  const usage = [
    `a Kubernetes cloud of the controller with namespace ${namespace} and service account ${ACCOUNT}`,
    ...(selected.length === 0 ? [] : [`node selector ${selected.join(', ')}`]),
  ].join(', ');
  return [
    { ...account, usage },
    within('role', 'ci-role', { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules: RULES }),
    within('binding', 'ci-binding', {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: ACCOUNT },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }],
    }),
  ];
}

/** An agent that the controller knows by name waits for it, where the block says how. */
function waitingSteps(block: CiBlock, context: ToolContext, ground: Ground): Step[] {
  const { namespace } = ground;
  if (block.url === undefined || block.secretRef === undefined) return [];
  const credentials = credentialsStep(context, {
    agent: 'jenkins',
    block,
    namespace,
    name: SECRET,
  });
  const agent = objectStep(context, {
    suffix: suffixOf(context.target.home, 'jenkins', 'agent'),
    title: 'ci-agent',
    manifest: deployment(block, block.url, context, namespace),
    ready: { when: AVAILABLE },
    ...standingOn(ground, credentials),
  });
  return [credentials, agent];
}

/** @throws Refused where the catalog does not say which */
function imageOf({ version, image }: ChosenVersion): string {
  if (image.includes('/')) return image;
  const message = `version ${version} names no image of an agent that waits; the platform team must add one, such as docker.io/jenkins/inbound-agent:3355.v388858a_47b_33-17, or leave url and secretRef out`;
  throw new Refused([{ reason: 'InvalidCatalog', path: 'components.jenkins.versions', message }]);
}

/** Of a Deployment, which has no condition Ready. */
const AVAILABLE =
  'has(object.status.conditions) && object.status.conditions.exists(c, c.type == "Available" && c.status == "True")';

/** Environment variables of the image jenkins/inbound-agent. */
function deployment(
  block: CiBlock,
  url: string,
  context: ToolContext,
  namespace: string,
): JsonObject {
  const labels = { 'app.kubernetes.io/name': 'jenkins-agent' };
  const fromSecret = (key: string) => ({
    name: key,
    valueFrom: { secretKeyRef: { name: SECRET, key } },
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'jenkins-agent', namespace, labels },
    spec: {
      replicas: block.agents?.minimum ?? 1,
      // Two that connect under one name throw each other out.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: 'agent',
              image: imageOf(context.version),
              env: [
                { name: 'JENKINS_URL', value: url },
                { name: 'JENKINS_WEB_SOCKET', value: 'true' },
                fromSecret('JENKINS_AGENT_NAME'),
                fromSecret('JENKINS_SECRET'),
              ],
              resources: {
                requests: { cpu: '250m', memory: '512Mi' },
                limits: { cpu: '1', memory: '1Gi' },
              },
            },
          ],
          ...placement(context),
        },
      },
    },
  };
}

function problemsOf(block: CiBlock): readonly BlockProblem[] {
  const { url, secretRef, agents } = block;
  const waits = url !== undefined || secretRef !== undefined || (agents?.minimum ?? 0) > 0;
  if (!waits) return [];
  return [
    ...urlProblems(
      block,
      { of: 'the address of the controller for an agent that waits', example: EXAMPLE },
      () => undefined,
    ),
    ...secretProblems(block, 'JENKINS_AGENT_NAME and JENKINS_SECRET'),
    ...agentsProblems(block),
    ...((agents?.minimum ?? 0) > 1
      ? [
          {
            path: 'agents.minimum',
            message:
              'is more than 1: an agent that waits has one name and one secret at the controller; write 1, the others are started by its kubernetes plugin',
          },
        ]
      : []),
  ];
}

const EXAMPLE = 'https://jenkins.acme.example';
