// grpc-js without a codec: what every fast server here is made of.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { serviceOf } from '../../src/server/service.ts';

type Call = { readonly request: Buffer };
type Done = (error: null, answer: Buffer) => void;

const asItIs = (bytes: Buffer) => bytes;

export function serveBytes(address: string, answer: (request: Buffer) => Buffer): void {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(serviceOf(asItIs, asItIs), {
    runFunction: ({ request }: Call, done: Done) => done(null, answer(request)),
  });
  server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
    if (error !== null) throw error;
  });
}
