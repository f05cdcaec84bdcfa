// Says what the API server would refuse of a manifest: its CRD, with unknown fields as errors.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { at, isObject } from '../../src/json.ts';
import type { Manifest } from '../../src/step.ts';

/** The project's own pruned ones, and the providers' whole ones where somebody has put them. */
const FOLDERS = ['../control-plane/crds', '../../../shared/crds'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

const ajv = new Ajv({ strict: false, validateFormats: false });

/** Undefined: there is no CRD of its kind here. */
export function crdProblems(manifest: Manifest): string[] | undefined {
  const schema = schemas.get(`${manifest.apiVersion} ${manifest.kind}`);
  if (schema === undefined) return undefined;
  const validate = ajv.compile(schema.openAPIV3Schema);
  const { metadata, ...rest } = JSON.parse(JSON.stringify(manifest));
  const valid = validate(rest);
  const scope =
    schema.namespaced === (metadata.namespace !== undefined) ? [] : ['metadata.namespace'];
  const errors = valid ? [] : (validate.errors ?? []);
  return [
    ...scope,
    ...errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`),
  ];
}

const schemas = new Map<string, ReturnType<typeof schemasIn>[number][1]>(
  FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => schemasIn(parse(readFileSync(`${folder}/${file}`, 'utf8')))),
  ),
);

function schemasIn(crd: unknown) {
  const versions = at(crd, 'spec', 'versions');
  if (!Array.isArray(versions)) return [];
  const group = at(crd, 'spec', 'group');
  const kind = at(crd, 'spec', 'names', 'kind');
  const namespaced = at(crd, 'spec', 'scope') === 'Namespaced';
  return versions.map((version) => {
    const openAPIV3Schema = closed(at(version, 'schema', 'openAPIV3Schema')) as object;
    return [`${group}/${at(version, 'name')} ${kind}`, { namespaced, openAPIV3Schema }] as const;
  });
}

/** Structural schemas drop unknown fields in silence; here they are errors. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return isObject(schema.properties) && !open ? { ...inner, additionalProperties: false } : inner;
}
