// Steps of a tool: a Helm release, an object, a copied Secret — named, ordered and protected alike everywhere.
import type { CatalogTool } from '../catalog/schema.ts';
import type { ChosenVersion, Home, ProviderConfigRef, ToolContext } from '../context.ts';
import { text } from '../json.ts';
import { ANNOTATIONS, LABELS, type Meta } from '../manifests/common.ts';
import { type Chart, release } from '../manifests/helm.ts';
import { type CopyTarget, copiedSecret, object, type Ready } from '../manifests/kubernetes.ts';
import { hash, labelValue, MAX } from '../manifests/names.ts';
import { helmDeployed, objectReady, secretReady } from '../readiness.ts';
import type { JsonObject, Manifest, Observed, Readiness, Step } from '../step.ts';

interface StepOptions {
  /** The step's name without its home: `knative-operator`. Never changes once shipped. */
  readonly suffix: string;
  /** What people call it in messages. */
  readonly title: string;
  /** Names of steps, besides what every step of the target needs. */
  readonly needs?: readonly string[];
  /** Names of steps that must outlive this one, besides its provider config. */
  readonly protects?: readonly string[];
}

export interface ReleaseOptions extends StepOptions {
  readonly chart: Chart;
  readonly namespace: string;
  readonly values: JsonObject;
  readonly valuesFrom?: CatalogTool['valuesFrom'];
  /** Longest release name that the chart takes. Default: Helm's 53. */
  readonly longestName?: number;
  /** True where a step makes the namespace. */
  readonly skipCreateNamespace?: boolean;
}

export interface ObjectOptions extends StepOptions {
  readonly manifest: JsonObject;
  readonly ready: Ready;
  /** Only looked at: `manifest` says which it is. */
  readonly observeOnly?: true;
  /** What it says while it is not ready. Default: as every Object. */
  readonly notReady?: Readiness;
}

export interface SecretOptions extends StepOptions {
  /** In the environment's namespace, or elsewhere on the control plane. */
  readonly from: string | { readonly namespace: string; readonly name: string };
  /** One key of it, under another name. Default: all of them. */
  readonly keys?: { readonly from: string; readonly to: string };
  readonly to: CopyTarget;
}

export function stepName(home: Home, suffix: string): string {
  return `${home}-${suffix}`;
}

/** The component's chart, or the catalog's mirror of it. */
export function chartOf(
  version: ChosenVersion,
  standard: Omit<Chart, 'version' | 'digest'>,
): Chart {
  return {
    repository: version.repository ?? standard.repository,
    name: version.chartName ?? standard.name,
    version: version.chart,
    ...(version.digest === undefined ? {} : { digest: version.digest }),
  };
}

export function releaseStep(context: ToolContext, options: ReleaseOptions): Step {
  const { target } = context;
  const { chart, values } = options;
  const externalName = releaseName(context, options.suffix, options.longestName);
  const manifest = release(
    context,
    { ...metaOf(context, options.suffix), externalName },
    {
      providerConfig: configOf(context, options.suffix, target.helm),
      chart,
      namespace: releaseNamespace(context, options.suffix, options.namespace),
      values,
      deletable: !target.diesWithCluster,
      ...(options.valuesFrom === undefined ? {} : { valuesFrom: options.valuesFrom }),
      ...(options.skipCreateNamespace === true ? { skipCreateNamespace: true } : {}),
    },
  );
  return stepOf(context, options, target.configs.helm, manifest, helmDeployed);
}

export function objectStep(context: ToolContext, options: ObjectOptions): Step {
  const { target } = context;
  const manifest = object(context, metaOf(context, options.suffix), {
    providerConfig: configOf(context, options.suffix, target.kubernetes),
    manifest: options.manifest,
    deletable: options.observeOnly === true ? 'observed' : !target.diesWithCluster,
    ready: options.ready,
  });
  const notReady = options.notReady ?? objectReady;
  return stepOf(context, options, target.configs.kubernetes, manifest, notReady);
}

/** A Secret of the environment's namespace, copied by the provider: its content never comes here. */
export function secretStep(context: ToolContext, options: SecretOptions): Step {
  const { target } = context;
  const from =
    typeof options.from === 'string'
      ? { namespace: context.environment.namespace, name: options.from }
      : options.from;
  const manifest = copiedSecret(context, metaOf(context, options.suffix), {
    providerConfig: configOf(context, options.suffix, target.kubernetes),
    from,
    to: options.to,
    ...(options.keys === undefined ? {} : { keys: options.keys }),
    deletable: !target.diesWithCluster,
  });
  // A Secret that we made ourselves is nobody's mistake.
  const notReady = typeof options.from === 'string' ? secretReady(from) : objectReady;
  return stepOf(context, options, target.configs.kubernetes, manifest, notReady);
}

export function namespaceManifest(name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function stepOf(
  context: ToolContext,
  options: StepOptions,
  config: Step | undefined,
  manifest: Manifest,
  notReady: Readiness,
): Step {
  const { target, after = [] } = context;
  const own = config === undefined ? [] : [config.name];
  const { needs = [], protects = [] } = options;
  return {
    name: stepName(target.home, options.suffix),
    title: options.title,
    part: context.name,
    needs: [...new Set([...target.needs, ...own, ...after, ...needs])],
    // Inside a vcluster everything dies with it, and a Usage would only make that slow.
    protects: target.diesWithCluster ? [] : [...new Set([...own, ...protects])],
    manifest,
    notReady,
  };
}

function metaOf(context: ToolContext, suffix: string): Meta {
  return {
    name: seen(context, suffix, 'metadata', 'name') ?? outsideName(context, suffix),
    labels: { [LABELS.tool]: labelValue(context.name) },
  };
}

/** Another release name, namespace or provider config would leave the old release behind, installed for ever. */
export function releaseName(context: ToolContext, suffix: string, longest?: number): string {
  const name = seen(context, suffix, 'metadata', 'annotations', ANNOTATIONS.externalName);
  return name ?? outsideName(context, suffix, longest ?? MAX.helmRelease);
}

export function releaseNamespace(context: ToolContext, suffix: string, otherwise: string): string {
  return seen(context, suffix, 'spec', 'forProvider', 'namespace') ?? otherwise;
}

/** What an Object's object is called, for names that others refer to. */
export function objectName(context: ToolContext, suffix: string, otherwise: string): string {
  return seen(context, suffix, 'spec', 'forProvider', 'manifest', 'metadata', 'name') ?? otherwise;
}

function configOf(
  context: ToolContext,
  suffix: string,
  standard: ProviderConfigRef,
): ProviderConfigRef {
  const name = seen(context, suffix, 'spec', 'providerConfigRef', 'name');
  if (name === undefined) return standard;
  const observed = seen(context, suffix, 'spec', 'providerConfigRef', 'kind');
  const kinds = ['ProviderConfig', 'ClusterProviderConfig'] as const;
  return { kind: kinds.find((kind) => kind === observed) ?? standard.kind, name };
}

function seen(context: ToolContext, suffix: string, ...path: string[]): string | undefined {
  return textOf(context.observed, context.target.home, suffix, ...path);
}

/** Text in what is composed under a step's name. */
export function textOf(
  observed: Observed,
  home: Home,
  suffix: string,
  ...path: string[]
): string | undefined {
  return text(observed.get(stepName(home, suffix))?.resource, ...path);
}

/** Version of the chart of a release that is composed. */
export function chartVersion(observed: Observed, home: Home, suffix: string): string | undefined {
  return textOf(observed, home, suffix, 'spec', 'forProvider', 'chart', 'version');
}

/** Longest suffix that leaves room for the environment's name in the shortest limit, 45. */
const LONGEST_SUFFIX = 26;

export function outsideName(context: ToolContext, suffix: string, longest?: number): string {
  // Names of catalog tools can be as long as a whole outside name.
  const short =
    suffix.length <= LONGEST_SUFFIX
      ? suffix
      : `${suffix.slice(0, LONGEST_SUFFIX - 9).replace(/-+$/, '')}-${hash(suffix)}`;
  return context.names.outside(context.target.home, `-${short}`, longest);
}
