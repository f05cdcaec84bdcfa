// What the schema refuses of a spec, and what else is wrong with the rest of it: everything is said at once.
import type { Catalog } from './catalog/parse.ts';
import type { Composite } from './composite.ts';
import { own } from './json.ts';
import type { Problem, RefusalReason } from './problem.ts';
import { issuesOf, PARSE, withoutIssues } from './schema.ts';
import { type Spec, specSchema, specShape, writeConnectionSecretToRefSchema } from './spec.ts';
import type { JsonObject } from './step.ts';

export interface ReadSpec {
  /** Our part of spec, without what cannot be read; undefined: nothing of it can. */
  readonly asked: Spec | undefined;
  readonly problems: readonly Problem[];
}

/** Stands for a purpose that cannot be read; no catalog has it. */
const NO_PURPOSE = '?';

export function readSpec(composite: Composite, catalog: Catalog): ReadSpec {
  const { spec } = composite;
  const problems = connectionProblems(composite);
  const parsed = specSchema.safeParse(spec, PARSE);
  if (parsed.success) return { asked: oursOf(parsed.data), problems };
  const rest = specSchema.safeParse({
    purpose: NO_PURPOSE,
    ...(withoutIssues(spec, parsed.error) as object),
  });
  return {
    asked: rest.success ? oursOf(rest.data) : undefined,
    problems: [
      ...issuesOf(parsed.error, 'spec').map(({ path, message }) =>
        unreadable(path, path === 'spec.purpose' ? `${message}; ${whatFor(catalog)}` : message),
      ),
      ...problems,
    ],
  };
}

function unreadable(path: string, message: string): Problem {
  return { reason: 'InvalidSpec', path, message, always: true };
}

/** zod's own words for a missing purpose do not say which there are. */
function whatFor(catalog: Catalog): string {
  return `write what the environment is for, one of: ${Object.keys(catalog.purposes).sort().join(', ')}`;
}

/** In the claims flavour this field of the composite is Crossplane's own and has another meaning. */
function connectionProblems({ flavour, spec }: Composite): Problem[] {
  const reference = own(spec, 'writeConnectionSecretToRef');
  if (flavour === 'claims' || reference === undefined) return [];
  const { error } = writeConnectionSecretToRefSchema.safeParse(reference, PARSE);
  return error === undefined
    ? []
    : issuesOf(error, 'spec.writeConnectionSecretToRef').map(({ path, message }) =>
        unreadable(path, message),
      );
}

function oursOf(spec: JsonObject | Spec): Spec {
  return Object.fromEntries(
    Object.keys(specShape).flatMap((key) => {
      const value = own(spec as JsonObject, key);
      return value === undefined ? [] : [[key, value]];
    }),
  ) as Spec;
}

/** What is said of a spec: what cannot be read, and what is not only there because of that, or of a forbidden cluster. */
export function together(unread: readonly Problem[], problems: readonly Problem[]): Problem[] {
  return [...unread, ...besides(unread, problems)];
}

function besides(unread: readonly Problem[], problems: readonly Problem[]): Problem[] {
  const isForbidden = problems.some(({ reason }) => reason === 'ClusterTypeNotAllowed');
  if (unread.length === 0 && !isForbidden) return [...problems];
  const parts = new Set(unread.map(({ path }) => partOf(path)));
  return problems.filter(({ reason, path }) => {
    const part = partOf(path);
    if (DEPENDENT.has(reason) || parts.has(part)) return false;
    return !parts.has('cluster') || EARLY.has(part);
  });
}

/** Versions are held against each other, and tools against the cluster. */
const DEPENDENT: ReadonlySet<RefusalReason> = new Set(['IncompatibleVersions', 'ToolNotAllowed']);

/** Nothing about these depends on the cluster. */
const EARLY: ReadonlySet<string> = new Set(['purpose', 'team', 'suspended', 'lifetime']);

/** `tools.ci` of `spec.tools.ci.url`, `cluster` of `spec.cluster.host`. */
function partOf(path: string): string {
  const [first = '', second = ''] = path.replace(/^spec\./, '').split(/[.[]/);
  return first === 'tools' ? `${first}.${second}` : first;
}
