// Flux, installed into the environment by the Flux operator and pointed at a repository.
import { isExact, plain } from '../../catalog/compare.ts';
import type { Tool, ToolContext } from '../../context.ts';
import { objectReady } from '../../readiness.ts';
import type { JsonObject, Step } from '../../step.ts';
import { chartFirst } from '../../upgrade/moves.ts';
import {
  chartOf,
  chartVersion,
  objectStep,
  releaseNamespace,
  releaseStep,
  secretStep,
  stepName,
  textOf,
} from '../install.ts';
import {
  credentialsOf,
  folderOf,
  type GitopsBlock,
  naming,
  problem,
  type Repository,
  repositoryProblems,
  usageOf,
  withScheme,
} from './repository.ts';

const OPERATOR = 'flux-operator';
const INSTANCE = 'flux-instance';
const CREDENTIALS = 'flux-credentials';
const SOURCE = 'flux-source';
const SYNC = 'flux-sync';
/** Names inside the cluster. */
const SECRET = 'environment-repository';
const NAME = 'environment';

export const flux: Tool<GitopsBlock> = {
  component: 'flux',
  problems: (block) => [
    ...repositoryProblems(block),
    ...problem('repository.revision', revisionProblem(block.repository)),
  ],
  plan(block, context) {
    const { home } = context.target;
    const namespace = releaseNamespace(context, OPERATOR, 'flux-system');
    const operator = releaseStep(context, {
      suffix: OPERATOR,
      title: OPERATOR,
      chart: chartOf(context.version, {
        repository: 'oci://ghcr.io/controlplaneio-fluxcd/charts',
        name: 'flux-operator',
      }),
      namespace,
      values: {},
    });
    const instance = objectStep(context, {
      suffix: INSTANCE,
      title: INSTANCE,
      manifest: instanceManifest(context.version.version, namespace),
      ready: 'Ready',
      needs: [operator.name],
      // It has a finalizer that only the operator takes off.
      protects: [operator.name],
    });
    const { repository } = block;
    const engine = [operator, { ...instance, usage: usageOf(repository) }];
    if (repository === undefined) return engine;
    const secret = credentialsOf(block, context);
    const credentials = secret === undefined ? [] : [credentialsStep(context, secret, namespace)];
    const source = objectStep(context, {
      suffix: SOURCE,
      title: SOURCE,
      manifest: sourceManifest(
        repository,
        { name: NAME, namespace },
        secret === undefined ? undefined : SECRET,
      ),
      ready: 'Ready',
      notReady: naming(repository, objectReady),
      needs: [instance.name, ...credentials.map((step) => step.name)],
      // Flux's own finalizers: its controllers must outlive what they watch.
      protects: [instance.name],
    });
    const sync = objectStep(context, {
      suffix: SYNC,
      title: SYNC,
      manifest: syncManifest(repository, { name: NAME, namespace }),
      ready: 'Ready',
      notReady: naming(repository, objectReady),
      needs: [instance.name, stepName(home, SOURCE)],
      protects: [instance.name],
    });
    return [...engine, ...credentials, source, sync];
  },
  observedVersion(observed, home) {
    const path = ['spec', 'forProvider', 'manifest', 'spec', 'distribution', 'version'];
    const installed = textOf(observed, home, INSTANCE, ...path);
    return installed?.replace(/\.x$/, '') ?? chartVersion(observed, home, OPERATOR);
  },
  moves: chartFirst,
  observedChart: (observed, home) => chartVersion(observed, home, OPERATOR),
};

/** Flux has no word for the default branch: without a reference it takes `master`. */
function revisionProblem(repository: Repository | undefined): string | undefined {
  if (repository === undefined || repository.revision !== undefined) return undefined;
  return 'is needed, because Flux does not know which branch is the default; write a branch such as main, refs/tags/<tag>, or a whole commit';
}

/**
 * The manifests are those that the operator's image brings: nothing is downloaded but images, and
 * the operator's chart decides what `2.8` can be. Shape: `fluxcd.controlplane.io/v1`.
 */
function instanceManifest(version: string, namespace: string): JsonObject {
  return {
    apiVersion: 'fluxcd.controlplane.io/v1',
    kind: 'FluxInstance',
    // The operator takes no other name.
    metadata: { name: 'flux', namespace },
    spec: {
      distribution: {
        version: isExact(version) ? plain(version) : `${plain(version)}.x`,
        registry: 'ghcr.io/fluxcd',
      },
      components: [
        'source-controller',
        'kustomize-controller',
        'helm-controller',
        'notification-controller',
      ],
      cluster: { type: 'kubernetes', networkPolicy: true },
    },
  };
}

function credentialsStep(context: ToolContext, from: string, namespace: string): Step {
  return secretStep(context, {
    suffix: CREDENTIALS,
    title: CREDENTIALS,
    from,
    to: { namespace, name: SECRET },
    // The release makes the namespace.
    needs: [stepName(context.target.home, OPERATOR)],
  });
}

interface Named {
  readonly name: string;
  readonly namespace: string;
}

/** @param secret name of the Secret with the credentials */
export function sourceManifest(
  repository: Repository,
  metadata: Named,
  secret: string | undefined,
): JsonObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { ...metadata },
    spec: {
      interval: '1m0s',
      url: withScheme(repository.url),
      ref: referenceOf(repository.revision ?? ''),
      ...(secret === undefined ? {} : { secretRef: { name: secret } }),
    },
  };
}

function referenceOf(revision: string): JsonObject {
  if (/^[0-9a-f]{40}$/.test(revision)) return { commit: revision };
  return revision.startsWith('refs/') ? { name: revision } : { branch: revision };
}

/** What was deployed stays when Flux goes, so that no deletion hangs on it. */
export function syncManifest(
  repository: Repository,
  metadata: Named,
  more: JsonObject = {},
): JsonObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { ...metadata },
    spec: {
      interval: '10m0s',
      retryInterval: '1m0s',
      path: `./${folderOf(repository)}`,
      prune: true,
      deletionPolicy: 'Orphan',
      sourceRef: { kind: 'GitRepository', name: metadata.name },
      ...more,
    },
  };
}
