// What spec.cluster names, against what the catalog has.
import type { Catalog } from './catalog/parse.ts';
import { type Problem, suggest } from './problem.ts';
import type { ClusterType, Spec } from './spec.ts';

type Asked = Spec['cluster'];

interface Place {
  readonly host?: string;
  readonly location?: string;
}

/** What names no place for a cluster of this type, one problem a field. @param lives see {@link unknownPlaces} */
export function wrongPlaces(
  asked: Asked,
  type: ClusterType,
  catalog: Catalog,
  lives?: Place,
): Problem[] {
  return onceForEach(misplaced(asked, type), unknownPlaces(asked, catalog, lives));
}

/** Of a field that is wrong already nothing more is said. */
export function onceForEach(said: readonly Problem[], more: readonly Problem[]): Problem[] {
  return [...said, ...more.filter(({ path }) => !said.some((problem) => problem.path === path))];
}

/** `location` goes with gke, `host` with vcluster; neither implies a type. */
function misplaced(asked: Asked, type: ClusterType): Problem[] {
  const { host, location } = asked ?? {};
  const wrong = (field: string, value: string, only: string): Problem => ({
    reason: 'InvalidSpec',
    path: `spec.cluster.${field}`,
    message: `${JSON.stringify(value)} goes with ${only} only, and ${asked?.type === undefined ? `this environment is a ${type}` : `cluster.type is ${type}`}; leave it out`,
    blame: ['cluster'],
  });
  if (type === 'vcluster' && location !== undefined) return [wrong('location', location, 'gke')];
  if (type === 'gke' && host !== undefined) return [wrong('host', host, 'vcluster')];
  return [];
}

/** @param lives where the environment is already, which the catalog may have lost */
export function unknownPlaces(asked: Asked, { clusters }: Catalog, lives: Place = {}): Problem[] {
  const { host, location } = asked ?? {};
  const hosts = (clusters.vcluster?.hosts ?? []).map(({ name }) => name);
  return [
    ...unknown('host', host, hosts, lives.host),
    ...unknown('location', location, clusters.gke?.locations ?? [], lives.location),
  ];
}

function unknown(
  field: 'host' | 'location',
  name: string | undefined,
  known: readonly string[],
  lives: string | undefined,
): Problem[] {
  if (name === undefined || name === lives || known.includes(name)) return [];
  // Another one that there is would be a move.
  const instead =
    lives === undefined ? suggest(name, known) : `write ${lives}, or leave ${field} out`;
  return [
    {
      reason: 'InvalidSpec',
      path: `spec.cluster.${field}`,
      message: `no ${field} ${JSON.stringify(name)}; ${instead}`,
      blame: [`cluster.${field}`],
    },
  ];
}
