// What inputs are made from: environments at their start, half way and settled, and the examples' catalog.
import { readFileSync } from 'node:fs';
import { NOW, place } from '../support/play.ts';
import type { Sources } from './fuzz.ts';

export async function sourcesOf(): Promise<Sources> {
  const requests: Sources['requests'][number][] = [];
  for (const flavour of ['claims', 'namespaced'] as const)
    for (const spec of [
      { purpose: 'development' },
      { purpose: 'production', tools: { knative: {}, extra: [{ name: 'external-secrets' }] } },
      { purpose: 'sandbox', lifetime: '72h', tools: { knative: { enabled: false } } },
    ]) {
      const world = place(flavour, spec);
      requests.push(world.request());
      for (let i = 0; i < 3; i++) await world.pass();
      requests.push(world.request());
      for (let i = 0; i < 9; i++) await world.pass();
      requests.push(world.request());
    }
  const catalog = new URL('../../examples/catalog.yaml', import.meta.url);
  return { requests, catalog: readFileSync(catalog, 'utf8'), now: NOW };
}
