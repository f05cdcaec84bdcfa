// grpc-js without a codec: what every fast server here is made of.
import { FunctionRunnerServiceService } from '@crossplane-org/function-sdk-typescript';
import { Server, ServerCredentials } from '@grpc/grpc-js';

type Call = { readonly request: Buffer };
type Done = (error: null, answer: Buffer) => void;

const asItIs = (bytes: Buffer) => bytes;
const service = {
  runFunction: {
    ...FunctionRunnerServiceService.runFunction,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  },
};

export function serveBytes(address: string, answer: (request: Buffer) => Buffer): void {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(service, {
    runFunction: ({ request }: Call, done: Done) => done(null, answer(request)),
  });
  server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
    if (error !== null) throw error;
  });
}
