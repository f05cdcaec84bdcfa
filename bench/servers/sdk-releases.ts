// The SDK as its README shows it, with the twelve Releases.
import {
  getObservedComposedResources,
  getObservedCompositeResource,
  serve,
  setDesiredCompositeStatus,
  setDesiredResources,
} from '@crossplane-org/function-sdk-typescript';
import type { JsonObject } from '../../src/step.ts';
import { composed } from '../releases.ts';

const [, , address = ''] = process.argv;
serve(
  async (request, response) => {
    const composite = getObservedCompositeResource(request)?.resource as JsonObject;
    const observed = getObservedComposedResources(request);
    const { releases, status } = composed(composite, (tool) => observed[tool]?.resource);
    const answer = setDesiredResources(
      response,
      releases as Parameters<typeof setDesiredResources>[1],
    );
    return setDesiredCompositeStatus({ rsp: answer, status });
  },
  { argv: ['--insecure', '--address', address] },
);
