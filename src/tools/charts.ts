// The organization's own tools: a chart that the catalog declares, with values that have `${…}`.
import type { CatalogTool } from '../catalog/schema.ts';
import type { CompiledTemplate } from '../catalog/template.ts';
import type { Tool, ToolContext } from '../context.ts';
import { isObject } from '../json.ts';
import { Refused } from '../problem.ts';
import { objectReady } from '../readiness.ts';
import type { ToolsSpec } from '../spec.ts';
import type { JsonObject, Readiness, Step } from '../step.ts';
import { chartOf, chartVersion, objectStep, releaseNamespace, releaseStep } from './install.ts';

export type ExtraBlock = NonNullable<ToolsSpec['extra']>[number];

/**
 * @param values the declaration's values, compiled once with the catalog
 * @param name key of the declaration in `tools` of the catalog
 */
export function chartTool(
  declaration: CatalogTool,
  values: CompiledTemplate,
  name: string,
): Tool<ExtraBlock> {
  const suffix = `tool-${name}`;
  return {
    component: name,
    problems: () => [],
    /** @throws Refused with InvalidCatalog when the values fail for this environment */
    plan(_block, context) {
      const namespace = releaseNamespace(context, suffix, declaration.namespace);
      const space = namespaceSteps(declaration, name, namespace, context);
      const before = space.map((step) => step.name);
      const { valuesFrom } = declaration;
      const release = releaseStep(context, {
        suffix,
        title: name,
        chart: chartOf(context.version, declaration.chart),
        namespace,
        values: rendered(values, name, namespace, context),
        ...(valuesFrom === undefined ? {} : { valuesFrom: readable(valuesFrom, name, context) }),
        ...(space.length === 0 ? {} : { skipCreateNamespace: true }),
        needs: before,
        protects: before,
      });
      return [...space, release, ...readySteps(declaration, name, release, context)];
    },
    observedVersion: (observed, home) => chartVersion(observed, home, suffix),
  };
}

/** provider-helm makes namespaces without labels, and so late that nothing could add them before the first pod. */
function namespaceSteps(
  { namespaceLabels }: CatalogTool,
  name: string,
  namespace: string,
  context: ToolContext,
): Step[] {
  if (namespaceLabels === undefined) return [];
  const step = objectStep(context, {
    suffix: `namespace-${name}`,
    title: `namespace of ${name}`,
    manifest: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: namespaceLabels },
    },
    ready: 'exists',
  });
  return [step];
}

/** What the provider looks at when the release is there; it is the chart's, or its operator's. */
function readySteps(
  { ready }: CatalogTool,
  name: string,
  release: Step,
  context: ToolContext,
): Step[] {
  if (ready === undefined) return [];
  const { apiVersion, kind, name: object, namespace } = ready.object;
  const step = objectStep(context, {
    suffix: `ready-${name}`,
    title: `${kind} ${object}`,
    manifest: {
      apiVersion,
      kind,
      metadata: { name: object, ...(namespace === undefined ? {} : { namespace }) },
    },
    observeOnly: true,
    ready: { when: ready.when },
    notReady: isTrue,
    needs: [release.name],
  });
  return [step];
}

/** What is not there yet cannot be told from what cannot be read. */
const isTrue: Readiness = (observed) => {
  const why = objectReady(observed);
  return why?.reason === 'Failed' || why?.reason === 'Creating'
    ? {
        reason: 'Creating',
        message: 'is not there, or not yet as the catalog wants it (ready.when)',
      }
    : why;
};

/** @throws Refused where there is no namespace to read from */
function readable(
  valuesFrom: NonNullable<CatalogTool['valuesFrom']>,
  name: string,
  { environment }: ToolContext,
): NonNullable<CatalogTool['valuesFrom']> {
  if (environment.namespace !== '') return valuesFrom;
  const message = `has values in Secrets or ConfigMaps of the environment's namespace (valuesFrom), and a composite without a claim has none; make the environment with a claim`;
  throw new Refused([{ reason: 'InvalidSpec', path: `spec.tools.extra.${name}`, message }]);
}

/** A tool that the catalog no longer declares: what is installed is told of, and stays as it is. */
export function lostTool(name: string): Tool<ExtraBlock> {
  return {
    component: name,
    problems: () => [],
    plan: () => [],
    lost: true,
    observedVersion: (observed, home) => chartVersion(observed, home, `tool-${name}`),
  };
}

function rendered(
  values: CompiledTemplate,
  name: string,
  namespace: string,
  { environment, target, version }: ToolContext,
): JsonObject {
  const { connectionSecret: _, ...visible } = environment;
  const result = values.render({
    environment: visible,
    cluster: target.cluster,
    tool: { name, version: version.version, namespace },
  });
  if (!result.ok) {
    const path = [`tools.${name}.values`, result.path].filter((part) => part !== '').join('.');
    const message = `fails for this environment: ${result.message}`;
    throw new Refused([{ reason: 'InvalidCatalog', path, message }]);
  }
  // The schema of the catalog lets values be an object only.
  return isObject(result.value) ? result.value : {};
}
