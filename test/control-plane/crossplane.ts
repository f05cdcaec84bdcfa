/** The Crossplane command line, without containers: render a composite, validate what came out. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinary } from './binaries.ts';
import { type KubernetesObject, parseDocuments } from './documents.ts';
import { run } from './run.ts';

/** Paths of YAML files, or of folders of them. */
export interface RenderOptions {
  readonly xr: string;
  readonly composition: string;
  readonly functions: string;
  /** Gives the composite its defaults, and says whether it is a legacy or a modern one. */
  readonly xrd?: string | undefined;
  readonly observed?: string | undefined;
  /** Secrets; those that observed resources write their connection details to work as well. */
  readonly functionCredentials?: string | undefined;
  readonly requiredResources?: readonly string[];
  /** Set on every function, over what the file says. */
  readonly functionAnnotations?: Readonly<Record<string, string>>;
}

export interface Rendered {
  /** False when a function's result was fatal: then there are no documents, only `stderr`. */
  readonly ok: boolean;
  /** The whole composite, its composed resources, then `kind: Result` for every event. */
  readonly documents: readonly KubernetesObject[];
  readonly stderr: string;
}

/** One real reconcile of Crossplane over the given objects, in memory. */
export async function render(options: RenderOptions): Promise<Rendered> {
  const { xrd, observed, functionCredentials, requiredResources = [] } = options;
  const args = [
    ...['composition', 'render', options.xr, options.composition, options.functions],
    // The core, not this command line itself: it is what reconciles.
    `--crossplane-binary=${await ensureBinary('crossplane-core')}`,
    ...flag('--xrd', xrd),
    ...flag('--observed-resources', observed),
    ...flag('--function-credentials', functionCredentials),
    ...requiredResources.flatMap((path) => flag('--required-resources', path)),
    ...Object.entries(options.functionAnnotations ?? {}).flatMap(([key, value]) =>
      flag('--function-annotations', `${key}=${value}`),
    ),
    '--include-function-results',
    '--include-full-xr',
  ];
  const { code, stdout, stderr } = await run(await ensureBinary('crossplane'), args);
  return { ok: code === 0, documents: parseDocuments(stdout), stderr };
}

export interface Validated {
  /** How many resources have no problem. */
  readonly valid: number;
  /** One line each; a resource of a kind that no extension describes is a problem too. */
  readonly problems: readonly string[];
}

/**
 * Checks resources as an API server would: schemas after defaulting, CEL rules, and no unknown
 * fields. `extensions` are files or folders with CRDs and XRDs.
 */
export async function validate(
  extensions: readonly string[],
  resourcesFile: string,
): Promise<Validated> {
  const { stdout, stderr } = await run(await ensureBinary('crossplane'), [
    ...['resource', 'validate', extensions.join(','), resourcesFile],
    '--error-on-missing-schemas',
    '--output=json',
    // An empty image: the extensions have Crossplane's own CRDs, so that nothing is downloaded.
    '--crossplane-image=',
    `--cache-dir=${join(tmpdir(), 'function-xenvironment-validate')}`,
  ]);
  // Exit code 1 means that something is invalid, and also that it could not even begin.
  if (!stdout.startsWith('{')) throw new Error(`crossplane resource validate failed:\n${stderr}`);
  const { resources } = JSON.parse(stdout) as Report;
  const invalid = resources.filter(({ status }) => status !== 'valid');
  return { valid: resources.length - invalid.length, problems: invalid.flatMap(problemsOf) };
}

/** The part of `crossplane resource validate --output=json` that is used here. */
interface Report {
  readonly resources: readonly ReportedResource[];
}

interface ReportedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly errors?: readonly { readonly message: string }[];
}

function problemsOf({ apiVersion, kind, name, status, errors }: ReportedResource): string[] {
  const messages = errors?.map(({ message }) => message) ?? [status];
  return messages.map((message) => `${apiVersion} ${kind} ${name}: ${message}`);
}

function flag(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}
