// Checks what purposes, placement, clusters and CI say against what the catalog has.
import { own } from '../json.ts';
import { suggest } from '../problem.ts';
import { milliseconds } from '../schema.ts';
import { plain } from './compare.ts';
import { configuredTypes, type Found, reference } from './found.ts';
import { type Bundle, type CatalogDocument, COMPONENT_OF_AGENT, type Host } from './schema.ts';

export function checkPurposes(catalog: CatalogDocument, found: Found[]) {
  for (const [name, purpose] of Object.entries(catalog.purposes)) {
    const path = `purposes.${name}`;
    reference(found, `${path}.size`, 'size', purpose.size, Object.keys(catalog.sizes));
    purpose.clusters?.forEach((type, i) => {
      reference(found, `${path}.clusters[${i}]`, 'cluster type', type, configuredTypes(catalog));
    });
    if (purpose.access === 'gitops' && purpose.developers !== undefined) {
      found.push({ path: `${path}.developers`, message: 'goes with access: direct only' });
    }
    const { default: standard, maximum } = purpose.lifetime ?? {};
    if (
      standard !== undefined &&
      maximum !== undefined &&
      milliseconds(standard) > milliseconds(maximum)
    ) {
      found.push({
        path: `${path}.lifetime.default`,
        message: `${standard} is longer than the maximum, ${maximum}`,
      });
    }
    checkBundle(catalog, purpose.tools, `${path}.tools`, found);
  }
}

function checkBundle(
  catalog: CatalogDocument,
  bundle: Bundle | undefined,
  path: string,
  found: Found[],
) {
  const tools = Object.keys(catalog.tools ?? {});
  checkBundleVersion(
    catalog,
    'knative',
    bundle?.knative?.version,
    `${path}.knative.version`,
    found,
  );
  const { agent, version: ciVersion } = bundle?.ci ?? {};
  if (agent !== undefined)
    checkBundleVersion(catalog, COMPONENT_OF_AGENT[agent], ciVersion, `${path}.ci.version`, found);
  const { engine, version } = bundle?.gitops ?? {};
  if (engine !== undefined)
    checkBundleVersion(catalog, engine, version, `${path}.gitops.version`, found);
  const seen = new Set<string>();
  bundle?.extra?.forEach((extra, i) => {
    reference(found, `${path}.extra[${i}].name`, 'tool', extra.name, tools);
    if (seen.has(extra.name))
      found.push({ path: `${path}.extra[${i}].name`, message: `${extra.name} is there twice` });
    seen.add(extra.name);
    checkBundleVersion(catalog, extra.name, extra.version, `${path}.extra[${i}].version`, found);
  });
}

function checkBundleVersion(
  catalog: CatalogDocument,
  component: string,
  version: string | undefined,
  path: string,
  found: Found[],
) {
  const entries =
    own(catalog.components, component)?.versions ?? own(catalog.tools, component)?.versions;
  if (version === undefined || entries === undefined) return;
  if (entries.some((e) => plain(e.version) === plain(version))) return;
  found.push({
    path,
    message: `no version ${version} of ${component}; ${suggest(
      version,
      entries.map((e) => e.version),
    )}`,
  });
}

export function checkPlacement(catalog: CatalogDocument, found: Found[]) {
  const { rules = [], default: standard } = catalog.placement ?? {};
  const names = new Set(['default']);
  rules.forEach((rule, i) => {
    const path = `placement.rules[${i}]`;
    if (names.has(rule.name)) {
      const why =
        rule.name === 'default'
          ? 'is reserved for placement.default'
          : 'is the name of an earlier rule';
      found.push({ path: `${path}.name`, message: `"${rule.name}" ${why}` });
    }
    names.add(rule.name);
    checkUse(catalog, rule, path, found);
  });
  if (standard !== undefined) checkUse(catalog, standard, 'placement.default', found);
}

function checkUse(
  catalog: CatalogDocument,
  {
    use,
    host,
    location,
  }: { use: string; host?: string | undefined; location?: string | undefined },
  path: string,
  found: Found[],
) {
  reference(found, `${path}.use`, 'cluster type', use, configuredTypes(catalog));
  if (host !== undefined) {
    if (use === 'gke')
      found.push({ path: `${path}.host`, message: 'goes with use: vcluster only' });
    reference(found, `${path}.host`, 'host', host, hostNames(catalog));
  }
  if (location !== undefined) {
    if (use === 'vcluster')
      found.push({ path: `${path}.location`, message: 'goes with use: gke only' });
    reference(
      found,
      `${path}.location`,
      'location',
      location,
      catalog.clusters.gke?.locations ?? [],
    );
  }
}

function hostNames(catalog: CatalogDocument): string[] {
  return (catalog.clusters.vcluster?.hosts ?? []).map((host) => host.name);
}

export function checkClusters(catalog: CatalogDocument, found: Found[]) {
  const { gke, vcluster } = catalog.clusters;
  if (configuredTypes(catalog).length === 0) {
    found.push({ path: 'clusters', message: 'at least one of gke and vcluster is needed' });
  }
  for (const location of Object.keys(gke?.zones ?? {})) {
    reference(found, `clusters.gke.zones.${location}`, 'location', location, gke?.locations ?? []);
  }
  if (gke?.identity?.source === 'Secret' && gke.identity.secretRef === undefined) {
    found.push({
      path: 'clusters.gke.identity.secretRef',
      message: 'is needed with source: Secret',
    });
  }
  if (gke?.identity?.source === 'InjectedIdentity' && gke.identity.secretRef !== undefined) {
    found.push({
      path: 'clusters.gke.identity.secretRef',
      message: 'goes with source: Secret only',
    });
  }
  const seen = new Set<string>();
  vcluster?.hosts.forEach((host, i) => {
    const path = `clusters.vcluster.hosts[${i}]`;
    if (seen.has(host.name))
      found.push({ path: `${path}.name`, message: `host ${host.name} is there twice` });
    seen.add(host.name);
    checkEndpoint(host, `${path}.endpoint`, found);
  });
  for (const [name, size] of Object.entries(catalog.sizes)) {
    const nodes = size.gke?.nodes;
    if (nodes !== undefined && nodes.minimum > nodes.maximum) {
      found.push({
        path: `sizes.${name}.gke.nodes.minimum`,
        message: `${nodes.minimum} is more than the maximum, ${nodes.maximum}`,
      });
    }
  }
  checkCi(catalog, found);
}

function checkEndpoint({ endpoint }: Host, path: string, found: Found[]) {
  if (endpoint === undefined) return;
  if (endpoint.type === 'Ingress' && endpoint.domain === undefined)
    found.push({ path: `${path}.domain`, message: 'is needed with type: Ingress' });
  if (endpoint.type !== 'Ingress' && endpoint.ingressClass !== undefined)
    found.push({ path: `${path}.ingressClass`, message: 'goes with type: Ingress only' });
  if (endpoint.type !== 'InCluster') return;
  for (const key of ['domain', 'annotations'] as const) {
    if (endpoint[key] !== undefined)
      found.push({ path: `${path}.${key}`, message: 'goes with LoadBalancer and Ingress only' });
  }
}

const ISOLATION_NEEDS = {
  'tools-cluster': 'tools',
  'virtual-cluster': 'vcluster',
  'node-pool': 'gke',
} as const;

function checkCi(catalog: CatalogDocument, found: Found[]) {
  const { ci } = catalog;
  if (ci === undefined) return;
  const needed = ISOLATION_NEEDS[ci.isolation];
  if (catalog.clusters[needed] === undefined) {
    found.push({ path: 'ci.isolation', message: `${ci.isolation} needs clusters.${needed}` });
  }
  if (ci.host !== undefined) reference(found, 'ci.host', 'host', ci.host, hostNames(catalog));
  if (ci.size !== undefined)
    reference(found, 'ci.size', 'size', ci.size, Object.keys(catalog.sizes));
}
