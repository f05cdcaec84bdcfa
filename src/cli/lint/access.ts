// `access: gitops` hands out no kubeconfig, but in the namespaced flavour a vcluster's lies where developers may look.
import { typesOf } from './components.ts';
import type { LintInput, Warning } from './warning.ts';

export function lintAccess({ catalog }: LintInput): Warning[] {
  return Object.entries(catalog.purposes).flatMap(([name, purpose]) => {
    const types = purpose.clusters ?? typesOf(catalog);
    if (purpose.access !== 'gitops' || !types.includes('vcluster')) return [];
    return [
      {
        path: `purposes.${name}.access`,
        message:
          "in the namespaced flavour the administrator's kubeconfig of a vcluster still lies in a Secret of the environment's namespace, because the providers read it there; allow gke only, install the claims flavour, or let nobody read Secrets there",
      },
    ];
  });
}
