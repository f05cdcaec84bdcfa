/** A small client for a Kubernetes API server: what kubectl does, without a process each time. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import type { KubernetesObject } from '../documents.ts';
import { type Change, follow } from './follow.ts';
import { type Ref, refOf, type Type, urlOf } from './resources.ts';

export interface Kube {
  /** Undefined when it is not there. */
  get(ref: Ref): Promise<KubernetesObject | undefined>;
  /** Empty when not even the kind is there. */
  list(type: Type): Promise<KubernetesObject[]>;
  /** Server-side, with force. Text is sent as it is. */
  apply(object: KubernetesObject, yaml?: string): Promise<void>;
  /** A merge patch. */
  patch(ref: Ref, patch: unknown, subresource?: 'status'): Promise<void>;
  remove(ref: Ref, propagation?: 'Foreground' | 'Background'): Promise<void>;
  raw(path: string): Promise<string>;
  /** First all that exist as ADDED, then what changes; begins anew when the server goes away. */
  watch(type: Type, listener: (change: Change) => void): () => void;
}

export interface KubeError extends Error {
  readonly status: number;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
}

const ANSWER_MS = 20_000;

/** @param certificates folder with ca.crt, tls.crt and tls.key of a client */
export function kubeClient(port: number, certificates: string): Kube {
  const read = (file: string) => readFileSync(join(certificates, file));
  const tls = { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') };
  const agent = new Agent({ keepAlive: true, ...tls });

  function send(what: Call): Promise<IncomingMessage> {
    const { method, path, type, body } = what;
    // Node leaves the length of a DELETE's body out by itself.
    const length = Buffer.byteLength(body ?? '');
    const headers = type === undefined ? {} : { 'content-type': type, 'content-length': length };
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, agent, method, path, headers }, resolve);
      call.once('error', (error: NodeJS.ErrnoException) => {
        // The server ends a connection that was idle for long, and may do so just now. Every call here can be repeated.
        if (!call.reusedSocket || error.code !== 'ECONNRESET') reject(error);
        else send(what).then(resolve, reject);
      });
      // A watch may be silent for as long as it likes.
      const silent = () => call.destroy(new Error(`no answer to ${method} ${path}`));
      if (!path.includes('watch=true')) call.setTimeout(ANSWER_MS, silent);
      call.end(body);
    });
  }

  async function answer(call: Call): Promise<string> {
    const response = await send(call);
    const body = await readText(response);
    const status = response.statusCode ?? 0;
    if (status < 300) return body;
    const message = `${call.method} ${call.path}: ${status} ${body.slice(0, 1000)}`;
    throw Object.assign(new Error(message), { status }) satisfies KubeError;
  }

  async function found(path: string): Promise<string | undefined> {
    try {
      return await answer({ method: 'GET', path });
    } catch (error) {
      if ((error as KubeError).status === 404) return undefined;
      throw error;
    }
  }

  return {
    async get(ref) {
      const body = await found(urlOf(ref));
      return body === undefined ? undefined : (JSON.parse(body) as KubernetesObject);
    },
    async list(type) {
      const body = await found(urlOf(type));
      if (body === undefined) return [];
      const { items } = JSON.parse(body) as { items: KubernetesObject[] };
      // Items of a list do not say what they are.
      return items.map((item) => ({ apiVersion: type.apiVersion, kind: type.kind, ...item }));
    },
    async apply(object, yaml) {
      await answer({
        method: 'PATCH',
        path: `${urlOf(refOf(object))}?fieldManager=bed&force=true`,
        type: 'application/apply-patch+yaml',
        body: yaml ?? JSON.stringify(object),
      });
    },
    async patch(ref, patch, subresource) {
      await answer({
        method: 'PATCH',
        path: `${urlOf(ref)}${subresource === undefined ? '' : `/${subresource}`}?fieldManager=bed`,
        type: 'application/merge-patch+json',
        body: JSON.stringify(patch),
      });
    },
    async remove(ref, propagationPolicy = 'Background') {
      try {
        const body = JSON.stringify({ propagationPolicy });
        await answer({ method: 'DELETE', path: urlOf(ref), type: 'application/json', body });
      } catch (error) {
        if ((error as KubeError).status !== 404) throw error;
      }
    },
    raw: (path) => answer({ method: 'GET', path }),
    watch(type, listener) {
      const stop = new AbortController();
      const path = `${urlOf(type)}?watch=true`;
      void follow(() => send({ method: 'GET', path }), listener, stop.signal);
      return () => stop.abort();
    },
  };
}
