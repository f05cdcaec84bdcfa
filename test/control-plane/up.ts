/** npm run control-plane: brings a bed up, says how to use it, and stays until Ctrl-C. */
import { join } from 'node:path';
import { startBed } from './bed/bed.ts';
import { SYSTEM } from './bed/install.ts';
import { since } from './bed/wait.ts';

const start = Date.now();
const say = (line: string) => console.log(`${since(start).toFixed(1).padStart(6)} s  ${line}`);
const bed = await startBed({ say });
const kubectl = bed.layout.binaries.kubectl;

console.log(`
export KUBECONFIG=${join(bed.folder, 'host.kubeconfig')}
alias k=${kubectl}

k apply -f - <<EOF
apiVersion: platform.xenvironment.dev/v1alpha1
kind: Environment
metadata: {name: checkout, namespace: default}
spec: {purpose: development}
EOF
k get environments.platform.xenvironment.dev -w
k get managed,usages -A
k get secrets -n ${SYSTEM}

Claims are under the group claims.xenvironment.dev. What is installed in environments:
KUBECONFIG=${join(bed.folder, 'remote.kubeconfig')} ${kubectl} get all -A
Logs: ${join(bed.folder, 'logs')}
Ctrl-C ends everything.`);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    console.log('stopping');
    void bed.stop(false).then(() => process.exit(0));
  });
}
