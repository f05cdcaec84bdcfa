// A gRPC call of the SDK's service, bytes in and bytes out, answered unless nobody waits for the answer any more.
import { FunctionRunnerServiceService } from '@crossplane-org/function-sdk-typescript';
import { type Server, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import type { Account } from './account.ts';
import { makeAnswering } from './answers.ts';
import { WireError } from './codec/wire-error.ts';

/** Full name of the service, as the health service knows it. */
export const FUNCTION_SERVICE = FunctionRunnerServiceService.runFunction.path.split('/')[1] ?? '';

export type NotAnswered = 'CANCELLED' | 'DEADLINE_EXCEEDED' | 'INVALID_ARGUMENT';

/** Who keeps the logs and the metrics. */
export interface Listener {
  /** @param seconds from the request to its answer */
  answered(account: Account, seconds: number): void;
  /** The call was not computed. */
  notAnswered(code: NotAnswered): void;
}

/**
 * A message on its way. Node keeps the object of an HTTP/2 stream, and all that grpc-js hangs on it, until the next full
 * garbage collection: what is taken out of here does not wait for that.
 */
class Parcel {
  private bytes: Buffer | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Once. */
  take(): Buffer {
    const { bytes } = this;
    if (bytes === undefined) throw new Error('the message was taken already');
    this.bytes = undefined;
    return bytes;
  }
}

const pack = (bytes: Buffer) => new Parcel(bytes);
const unpack = (parcel: Parcel) => parcel.take();

/** The SDK's service, without its codec. */
export function serviceOf<Message>(
  pack: (bytes: Buffer) => Message,
  unpack: (message: Message) => Buffer,
) {
  return {
    runFunction: {
      ...FunctionRunnerServiceService.runFunction,
      requestSerialize: unpack,
      requestDeserialize: pack,
      responseSerialize: unpack,
      responseDeserialize: pack,
    },
  };
}

interface Options {
  /** A fixed clock; undefined: the real one. */
  readonly now: Date | undefined;
  /** The number of a connection by `address:port` of its other end. */
  readonly connectionOf: (peer: string) => number | undefined;
  readonly listener: Listener;
}

export function addFunction(server: Server, { now, connectionOf, listener }: Options): void {
  const answer = makeAnswering();
  server.addService(serviceOf(pack, unpack), {
    runFunction(call: ServerUnaryCall<Parcel, Parcel>, callback: sendUnaryData<Parcel>) {
      const begun = performance.now();
      const code = reasonNotTo(call);
      if (code !== undefined) {
        listener.notAnswered(code);
        return callback({ code: status[code], details: 'nobody waits for the answer any more' });
      }
      try {
        const connection = connectionOf(call.getPeer());
        const { message, account } = answer(call.request.take(), now ?? new Date(), connection);
        listener.answered(account, (performance.now() - begun) / 1000);
        callback(null, pack(message));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        listener.notAnswered('INVALID_ARGUMENT');
        const details = `the request is not a RunFunctionRequest: ${error.message}`;
        callback({ code: status.INVALID_ARGUMENT, details });
      }
    },
  });
}

/** By the clock: under load the timer of a deadline comes after the calls that wait already. */
function reasonNotTo(call: ServerUnaryCall<unknown, unknown>) {
  if (call.cancelled) return 'CANCELLED';
  return Number(call.getDeadline()) <= Date.now() ? 'DEADLINE_EXCEEDED' : undefined;
}
