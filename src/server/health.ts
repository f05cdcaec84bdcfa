// The standard service grpc.health.v1.Health: whether calls should still be sent here.
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';

export interface Health {
  addTo(server: Server): void;
  /** From now on calls should go elsewhere; those who watch are told. */
  stop(): void;
}

/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

/** An object, because grpc-js takes an empty text for no message at all. */
interface Asked {
  readonly service: string;
}

type Watcher = ServerWritableStream<Asked, number>;

const method = (name: string, responseStream: boolean) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false as const,
  responseStream,
  requestSerialize: encodeRequest,
  requestDeserialize: decodeRequest,
  responseSerialize: encodeResponse,
  responseDeserialize: decodeResponse,
});

export const HEALTH_SERVICE = {
  check: method('Check', false),
  watch: method('Watch', true),
} satisfies ServiceDefinition;

/** @param services names that are answered for; '' is the server as a whole */
export function makeHealth(services: readonly string[]): Health {
  const known = new Set(['', ...services]);
  const watchers = new Set<Watcher>();
  let state = SERVING;
  return {
    addTo(server) {
      server.addService(HEALTH_SERVICE, {
        check({ request }: ServerUnaryCall<Asked, number>, callback: sendUnaryData<number>) {
          if (known.has(request.service)) return callback(null, state);
          callback({ code: status.NOT_FOUND, details: `no such service: ${request.service}` });
        },
        watch(call: Watcher) {
          call.write(known.has(call.request.service) ? state : SERVICE_UNKNOWN);
          watchers.add(call);
          call.on('cancelled', () => watchers.delete(call));
        },
      });
    },
    stop() {
      state = NOT_SERVING;
      for (const call of watchers) {
        if (known.has(call.request.service)) call.write(state);
        // Else it would keep its connection, and so the process, from ending.
        call.end();
      }
    },
  };
}

/** `HealthCheckRequest { string service = 1; }` */
function encodeRequest({ service }: Asked): Buffer {
  const writer = new BinaryWriter();
  if (service !== '') writer.uint32(0x0a).string(service);
  return Buffer.from(writer.finish());
}

function decodeRequest(bytes: Uint8Array): Asked {
  const reader = new BinaryReader(bytes);
  let service = '';
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) service = reader.string();
    else reader.skip(type);
  }
  return { service };
}

/** `HealthCheckResponse { ServingStatus status = 1; }` */
function encodeResponse(state: number): Buffer {
  return Buffer.from(new BinaryWriter().uint32(0x08).int32(state).finish());
}

function decodeResponse(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  let state = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) state = reader.int32();
    else reader.skip(type);
  }
  return state;
}
