// Says what Helm would refuse of the values for a vcluster chart.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from '../../src/step.ts';

/** @param file a chart's values.schema.json */
export function valuesProblems(values: JsonObject, file: string): string[] {
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  if (validate(values)) return [];
  return (validate.errors ?? []).map(
    (e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`,
  );
}

/** Charts that lie here: in $XENVIRONMENT_CHARTS, or beside the repository. Often none. */
export function vclusterCharts(): { readonly version: string; readonly file: string }[] {
  const beside = fileURLToPath(new URL('../../../shared/charts', import.meta.url));
  const folder = process.env.XENVIRONMENT_CHARTS ?? beside;
  return ['0.35.3', '0.36.1']
    .map((version) => ({ version, file: `${folder}/vcluster/${version}/values.schema.json` }))
    .filter(({ file }) => existsSync(file));
}
