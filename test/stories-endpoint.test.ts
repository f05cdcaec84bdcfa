// A load balancer whose address becomes known, one line a pass.
import { expect, test } from 'vitest';
import type { JsonObject } from '../src/step.ts';
import { catalog, changed, deeds, line, place } from './support/play.ts';
import { conditions, usualStatus, type World } from './support/world.ts';

const HOSTS = { hosts: [{ name: 'dev-1', endpoint: { type: 'LoadBalancer' } }] };

function hosted(): JsonObject {
  const { placement: _, ...rest } = changed(catalog, ['clusters', 'vcluster'], HOSTS);
  return { ...rest, placement: { default: { use: 'vcluster' } } };
}

const ADDRESS = { status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } } };

/** The host gives the Service an address after a while; the kubeconfig has it from then on. */
function withAddress(self: World, after: number): void {
  self.status = (name, resource, age) => {
    if (name !== 'vcluster-address') return usualStatus(resource, age);
    if (age < after) return conditions('Synced=False');
    return { ...conditions('Synced', 'Ready'), atProvider: { manifest: ADDRESS } };
  };
  const { request } = self;
  self.request = () => {
    const sent = request();
    const release = sent.observed?.resources['vcluster-release'];
    const known = JSON.stringify(release?.resource ?? {}).includes('203.0.113.9');
    const server = known ? 'https://203.0.113.9' : 'https://localhost:8443';
    if (release !== undefined && Object.keys(release.connectionDetails).length > 0)
      release.connectionDetails = { kubeconfig: Buffer.from(`server: ${server}`) };
    return sent;
  };
}

test.each(['claims', 'namespaced'] as const)(
  'the tools wait until the address is in the kubeconfig (%s)',
  async (flavour) => {
    const self = place(flavour, { purpose: 'development' }, { catalog: hosted() });
    withAddress(self, 4);
    const passes = await self.settle();
    expect(deeds(passes)).toEqual([
      'creates vcluster-namespace',
      'creates vcluster-address, vcluster-release',
      'changes vcluster-release',
      'creates vcluster-helm-config, vcluster-kubernetes-config',
      'creates vcluster-knative-namespace, vcluster-knative-operator',
      'creates vcluster-knative-serving',
    ]);
    expect(passes.map(line)).toContain(
      'nothing | Creating: waiting for vcluster: the host has not given its load balancer an address yet',
    );
  },
);
