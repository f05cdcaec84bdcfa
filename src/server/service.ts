// A gRPC call of the SDK's service, answered by the function unless nobody waits for the answer any more.
import {
  FunctionRunnerServiceService,
  type RunFunctionRequest,
  type RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import { type Server, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import type { Account } from './account.ts';
import { runFunction } from './function.ts';

/** Full name of the service, as the health service knows it. */
export const FUNCTION_SERVICE = FunctionRunnerServiceService.runFunction.path.split('/')[1] ?? '';

/** Who keeps the logs and the metrics. */
export interface Listener {
  /** @param seconds from the decoded request to its answer */
  answered(account: Account, seconds: number): void;
  /** The call was not computed. */
  notAnswered(code: 'CANCELLED' | 'DEADLINE_EXCEEDED'): void;
}

/** @param now a fixed clock; undefined: the real one */
export function addFunction(server: Server, now: Date | undefined, listener: Listener): void {
  server.addService(FunctionRunnerServiceService, {
    runFunction(
      call: ServerUnaryCall<RunFunctionRequest, RunFunctionResponse>,
      callback: sendUnaryData<RunFunctionResponse>,
    ) {
      const begun = performance.now();
      const code = reasonNotTo(call);
      if (code !== undefined) {
        listener.notAnswered(code);
        return callback({ code: status[code], details: 'nobody waits for the answer any more' });
      }
      const response = runFunction(call.request, now ?? new Date(), (account) =>
        listener.answered(account, (performance.now() - begun) / 1000),
      );
      callback(null, response);
    },
  });
}

/** By the clock: under load the timer of a deadline comes after the calls that wait already. */
function reasonNotTo(call: ServerUnaryCall<unknown, unknown>) {
  if (call.cancelled) return 'CANCELLED';
  return Number(call.getDeadline()) <= Date.now() ? 'DEADLINE_EXCEEDED' : undefined;
}
