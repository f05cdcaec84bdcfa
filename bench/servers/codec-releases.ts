// The same twelve Releases with our codec, and nothing kept.
import { decodeRequest, fieldsOf } from '../../src/server/codec/request.ts';
import { encodeResponse } from '../../src/server/codec/response.ts';
import { composed } from '../releases.ts';
import { serveBytes } from './bytes.ts';

function answer(bytes: Buffer): Buffer {
  const fields = fieldsOf(bytes);
  const { composite = {}, observed, earlier, context } = decodeRequest(fields);
  const { releases, status } = composed(composite, (tool) => observed.get(tool)?.resource);
  return encodeResponse({
    tag: fields.tag,
    ttlSeconds: 60,
    earlier,
    composite: { resource: { status }, connectionDetails: new Map(), ready: 0 },
    resources: Object.entries(releases).map(([name, resource]) => ({ name, resource, ready: 0 })),
    results: [],
    conditions: [],
    context: context?.bytes,
    requirements: [],
  });
}

const [, , address = ''] = process.argv;
serveBytes(address, answer);
