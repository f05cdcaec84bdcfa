/** Calls the function as Crossplane does, with whatever certificate: a request with nothing in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, credentials, status } from '@grpc/grpc-js';
import type { Layout } from './layout.ts';

const RUN_FUNCTION = '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction';
const ANSWER_MS = 20_000;

/** The name of gRPC's status: `OK` when it answered. @param client folder with tls.crt and tls.key; left out: none */
export function callFunction({ pki, ports }: Layout, client?: string): Promise<string> {
  const read = (folder: string, file: string) => readFileSync(join(folder, file));
  const authority = read(pki.crossplane.client, 'ca.crt');
  const own = client === undefined ? [] : [read(client, 'tls.key'), read(client, 'tls.crt')];
  const channel = new Client(
    `127.0.0.1:${ports.function}`,
    credentials.createSsl(authority, ...own),
  );
  const same = (bytes: Buffer) => bytes;
  const deadline = Date.now() + ANSWER_MS;
  return new Promise((resolve) => {
    channel.makeUnaryRequest(RUN_FUNCTION, same, same, Buffer.alloc(0), { deadline }, (error) => {
      channel.close();
      resolve(status[error?.code ?? status.OK]);
    });
  });
}
