// What holds for every cluster kind: names fit, nothing throws, the same input gives the same plan.
import { describe, expect, test } from 'vitest';
import { clusters } from '../../src/clusters/index.ts';
import type { ClusterContext } from '../../src/context.ts';
import { canonical } from '../../src/json.ts';
import { CLUSTER_TYPES } from '../../src/spec.ts';
import type { Json, JsonObject, Observed } from '../../src/step.ts';
import { fc } from '../support/property.ts';
import {
  everyStep,
  FLAVOURS,
  gkeContext,
  observe,
  planned,
  small,
  vclusterContext,
} from './context.ts';

const contexts = {
  gke: (changes = {}) => gkeContext({ ciNodes: small, ...changes }),
  vcluster: vclusterContext,
};
const KINDS = CLUSTER_TYPES.flatMap((type) => FLAVOURS.map((flavour) => [type, flavour] as const));
const outsideName = (manifest: { metadata: { annotations?: Readonly<Record<string, string>> } }) =>
  manifest.metadata.annotations?.['crossplane.io/external-name'] ?? '';

test('every cluster type has its kind', () => {
  expect(CLUSTER_TYPES.map((type) => clusters[type].type)).toEqual(CLUSTER_TYPES);
});

describe.each(KINDS)('%s in the %s flavour', (type, flavour) => {
  const kind = clusters[type];
  const fresh = (changes = {}) => contexts[type]({ flavour, ...changes });
  const planFor = (context: ClusterContext) => planned(kind.plan(context));

  test('has the anchor that it says', () => {
    expect(planFor(fresh()).steps.map((s) => s.name)).toContain(`${type}-${kind.anchor}`);
  });

  test('has names that fit for an environment whose names are as long as can be', () => {
    const long = { name: `9${'n'.repeat(62)}`, namespace: `4${'s'.repeat(62)}` };
    const plan = planFor(fresh({ environment: long }));
    const max = type === 'gke' ? 40 : 53;
    for (const { manifest, name } of everyStep(plan)) {
      expect(manifest.metadata.name.length, name).toBeLessThanOrEqual(63);
      expect(outsideName(manifest).length, name).toBeLessThanOrEqual(max);
      for (const label of Object.values(manifest.metadata.labels ?? {})) {
        expect(label.length, name).toBeLessThanOrEqual(63);
      }
    }
    expect(plan.status.name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
    expect(new Set(everyStep(plan).map((s) => s.manifest.metadata.name)).size).toBe(
      everyStep(plan).length,
    );
    // Service.namespace in the address: a DNS label each.
    for (const label of (plan.status.endpoint ?? '').replace(/^https:\/\/|:443$/g, '').split('.')) {
      expect(label.length).toBeLessThanOrEqual(63);
    }
  });

  test('gives the same plan for the same input', () => {
    expect(canonical(planFor(fresh()))).toBe(canonical(planFor(fresh())));
  });

  test('needs and protects only what it plans', () => {
    const plan = planFor(fresh());
    const names = plan.steps.map((step) => step.name);
    const asked = everyStep(plan).flatMap((step) => [...step.needs, ...step.protects]);
    expect(names).toEqual(expect.arrayContaining([...new Set(asked), ...plan.target.needs]));
  });

  test('is planned whatever shape is observed', () => {
    const names = everyStep(planFor(fresh())).map((step) => step.name);
    const anything = fc.dictionary(
      fc.constantFrom(...names),
      fc.jsonValue().map((resource) => ({ resource: resource as JsonObject })),
    );
    fc.assert(
      fc.property(anything, (world) => unharmed(new Map(Object.entries(world)))),
      { numRuns: 200 },
    );
  });

  test('is planned when any one value that is observed is of the wrong shape', () => {
    const world = observe(everyStep(planFor(fresh())));
    for (const wrong of [null, 0, '', 'x', [], {}, [null], { name: 1 }] satisfies Json[]) {
      for (const [name, { resource }] of world) {
        for (const broken of brokenAnywhere(resource, wrong)) {
          unharmed(new Map([...world, [name, { resource: broken as JsonObject }]]));
        }
      }
    }
  });

  function unharmed(observed: Observed): void {
    for (const catalog of [fresh().catalog, { ...fresh().catalog, clusters: {} }]) {
      const plan = kind.plan(fresh({ observed, catalog }));
      if (catalog.clusters[type] !== undefined) expect(plan).toBeDefined();
      // Everything that is handed out is JSON again.
      for (const step of plan === undefined ? [] : everyStep(plan)) {
        expect(JSON.parse(JSON.stringify(step.manifest))).toEqual(step.manifest);
      }
      for (const found of observed.values()) plan?.steps.map((step) => step.notReady(found));
    }
    kind.observedName(observed, type);
    kind.observedPlacement(observed, type);
    kind.observedVersions(observed, type);
  }
});

/** The value with each of its parts, one after the other, replaced. */
function brokenAnywhere(value: unknown, wrong: Json): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [wrong];
  return [
    wrong,
    ...Object.entries(value).flatMap(([key, inner]) =>
      brokenAnywhere(inner, wrong).map((broken) => ({ ...value, [key]: broken })),
    ),
  ];
}
