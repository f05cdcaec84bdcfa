/** Follows a watch of an API server, for as long as somebody listens. */
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../documents.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
}

const RECONNECT_MS = 200;

/** Begins anew, with everything as ADDED, when the server goes away or the kind is not there yet. */
export async function follow(
  open: () => Promise<IncomingMessage>,
  tell: (change: Change) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await listen(await open(), tell, signal);
    } catch {
      // The server is away, or cut the line: it is asked again.
    }
    if (!signal.aborted) await sleep(RECONNECT_MS);
  }
}

async function listen(
  response: IncomingMessage,
  tell: (change: Change) => void,
  signal: AbortSignal,
): Promise<void> {
  const stop = () => response.destroy();
  signal.addEventListener('abort', stop);
  try {
    if (response.statusCode !== 200) return;
    for await (const line of createInterface({ input: response })) {
      const change = JSON.parse(line) as Change;
      if (!signal.aborted && change.object.kind !== 'Status') tell(change);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    response.destroy();
  }
}
