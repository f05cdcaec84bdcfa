// Our function as it would be on the SDK's own server, codec and helpers.
import {
  getObservedComposedResources,
  getObservedCompositeResource,
  Ready,
  serve,
  setDesiredCompositeStatus,
  setDesiredResources,
} from '@crossplane-org/function-sdk-typescript';
import { compose } from '../../src/compose.ts';
import type { JsonObject } from '../../src/step.ts';

const STATUSES = { Unknown: 1, True: 2, False: 3 } as const;
const [, , address = '', , now = ''] = process.argv;

serve(
  async (request, response) => {
    const composite = getObservedCompositeResource(request)?.resource as JsonObject;
    const observed = Object.entries(getObservedComposedResources(request)).map(
      ([name, { resource, connectionDetails }]) => {
        const kubeconfig = connectionDetails?.kubeconfig;
        return [
          name,
          { resource: resource as JsonObject, ...(kubeconfig === undefined ? {} : { kubeconfig }) },
        ] as const;
      },
    );
    const { desired, conditions } = compose({
      composite,
      observed: new Map(observed),
      input: request.input,
      now: new Date(now),
      foreign: new Set(),
      isThere: () => undefined,
    });
    const resources = desired?.resources ?? [];
    const manifests = resources.map(({ name, manifest }) => [name, manifest]);
    const answer = setDesiredResources(response, Object.fromEntries(manifests));
    for (const { name, ready } of resources) {
      const made = answer.desired?.resources[name];
      if (made !== undefined) made.ready = ready ? Ready.READY_TRUE : Ready.READY_FALSE;
    }
    answer.conditions = conditions.map((condition) => ({
      ...condition,
      status: STATUSES[condition.status],
      target: 2,
    }));
    return setDesiredCompositeStatus({ rsp: answer, status: desired?.status ?? {} });
  },
  { argv: ['--insecure', '--address', address] },
);
