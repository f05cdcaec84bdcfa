/** Plays, in a real virtual cluster, the one controller without which no pod can be made in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds, refOf } from '../bed/resources.ts';
import { clientOf, loginOf } from './login.ts';
import { API_PORT } from './syncer.ts';

const LOOK_AGAIN_MS = 500;

const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount' } as const;

/** Gives every namespace its default ServiceAccount: vcluster waits for it before it starts. @param node the pod's volumes */
export function startAccounts(node: string): () => void {
  let stopped = false;
  let unwatch = () => {};

  /** Until the virtual cluster's API is there: it writes its own administrator's kubeconfig. */
  async function begin(): Promise<void> {
    const admin = await readFile(join(node, 'data', 'pki', 'admin.conf'), 'utf8');
    const kube = await clientOf(loginOf(admin), API_PORT, join(node, 'admin'));
    await kube.raw('/readyz');
    if (stopped) return;
    unwatch = kube.watch(kinds.namespace, ({ type, object }) => {
      const namespace = refOf(object).name;
      const account = { ...serviceAccount, metadata: { name: 'default', namespace } };
      if (type === 'ADDED') again(() => kube.apply(account));
    });
  }

  function again(act: () => Promise<void>): void {
    act().catch(() => {
      if (!stopped) setTimeout(() => again(act), LOOK_AGAIN_MS).unref();
    });
  }

  again(begin);
  return () => {
    stopped = true;
    unwatch();
  };
}
