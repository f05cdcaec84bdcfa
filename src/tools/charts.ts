// The organization's own tools: a chart that the catalog declares, with values that have `${…}`.
import type { CatalogTool } from '../catalog/schema.ts';
import type { CompiledTemplate } from '../catalog/template.ts';
import type { Tool, ToolContext } from '../context.ts';
import { isObject } from '../json.ts';
import { Refused } from '../problem.ts';
import type { ToolsSpec } from '../spec.ts';
import type { JsonObject } from '../step.ts';
import { chartOf, chartVersion, releaseNamespace, releaseStep } from './install.ts';

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
      return [
        releaseStep(context, {
          suffix,
          title: name,
          chart: chartOf(context.version, declaration.chart),
          namespace,
          values: rendered(values, name, namespace, context),
        }),
      ];
    },
    observedVersion: (observed, home) => chartVersion(observed, home, suffix),
  };
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
