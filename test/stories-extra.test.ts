// Stories of the organization's own tools: order, what is only looked at, leaving.
import { expect, test } from 'vitest';
import type { JsonObject } from '../src/step.ts';
import {
  catalog,
  changed,
  composed,
  deeds,
  passes,
  settled,
  specs,
  withSpec,
} from './support/play.ts';

const sandbox = (type: string, ...extra: JsonObject[]): JsonObject => ({
  purpose: 'sandbox',
  cluster: { type },
  ...(extra.length === 0 ? {} : { tools: { extra } }),
});
const own = (names: readonly string[]) => names.filter((name) => name.endsWith('-monitoring'));

test.each(['gke', 'vcluster'])(
  'on a %s a tool leaves with its namespace, and what was only looked at is let be',
  async (type) => {
    const self = await settled('namespaced', sandbox(type, { name: 'monitoring' }));
    const parts = ['namespace', 'ready', 'tool'].map((part) => `${type}-${part}-monitoring`);
    expect(own(composed(self)).filter((name) => !name.includes('-used-by-'))).toEqual(parts);
    withSpec(self, sandbox(type));
    const told = deeds(await self.settle(60));
    expect(own(composed(self))).toEqual([]);
    const gone = told.flatMap((deed) => /drops ([^;]*)/.exec(deed)?.[1]?.split(', ') ?? []);
    expect(gone.filter((name) => parts.includes(name))).toEqual([
      `${type}-ready-monitoring`,
      `${type}-tool-monitoring`,
      `${type}-namespace-monitoring`,
    ]);
    // Nobody was given the right to delete somebody else's object.
    expect(told.join('\n')).not.toContain(`changes ${type}-ready-monitoring`);
  },
);

test('a tool that comes after one waits until that is as the catalog wants it', async () => {
  const input = changed(catalog, ['tools', 'dapr', 'after'], ['monitoring']);
  const spec = sandbox('vcluster', { name: 'dapr' }, { name: 'monitoring' });
  const self = await settled('claims', spec, { catalog: input });
  const fresh = await settled('claims', sandbox('vcluster'), { catalog: input });
  fresh.status = (name) =>
    name === 'vcluster-ready-monitoring'
      ? { conditions: [{ type: 'Synced', status: 'False', reason: 'ReconcileError', message: '' }] }
      : undefined;
  withSpec(fresh, spec);
  await passes(fresh, 12);
  expect(composed(fresh)).not.toContain('vcluster-tool-dapr');
  expect(JSON.stringify(fresh.composite)).toContain('Prometheus monitoring-prometheus');
  expect(composed(self)).toContain('vcluster-tool-dapr');
});

test('a catalog that says less about a tool takes only the look at it away', async () => {
  const self = await settled('namespaced', sandbox('vcluster', { name: 'monitoring' }));
  const {
    ready: _,
    namespaceLabels: __,
    ...less
  } = (catalog.tools as JsonObject).monitoring as JsonObject;
  const before = specs(self)['vcluster-namespace-monitoring'];
  self.catalog = changed(catalog, ['tools', 'monitoring'], less);
  await self.settle();
  expect(composed(self)).not.toContain('vcluster-ready-monitoring');
  expect(specs(self)['vcluster-namespace-monitoring']).toEqual(before);
});
