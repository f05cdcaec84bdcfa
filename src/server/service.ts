// The SDK's service definition, answered by the function.
import {
  FunctionRunnerServiceService,
  type RunFunctionRequest,
  type RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import type { Server, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { runFunction } from './function.ts';

/** @param now a fixed clock; undefined: the real one */
export function addFunction(server: Server, now: Date | undefined, logger: Logger): void {
  server.addService(FunctionRunnerServiceService, {
    runFunction(
      call: ServerUnaryCall<RunFunctionRequest, RunFunctionResponse>,
      callback: sendUnaryData<RunFunctionResponse>,
    ) {
      const response = runFunction(call.request, now ?? new Date(), (error) => {
        logger.error({ err: error }, 'bug: a call failed');
      });
      logger.debug({ tag: call.request.meta?.tag, results: response.results.length }, 'answered');
      callback(null, response);
    },
  });
}
