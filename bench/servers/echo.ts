// The limit: grpc-js, which answers the same bytes each time and does nothing.
import { readFileSync } from 'node:fs';
import { FunctionRunnerServiceService } from '@crossplane-org/function-sdk-typescript';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const [, , address = '', file = ''] = process.argv;
const answer = readFileSync(file);
const asItIs = (bytes: Buffer) => bytes;
const server = new Server({ 'grpc.max_receive_message_length': -1 });
server.addService(
  {
    runFunction: {
      ...FunctionRunnerServiceService.runFunction,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    },
  },
  {
    runFunction: (_call: unknown, done: (error: null, bytes: Buffer) => void) => done(null, answer),
  },
);
server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
