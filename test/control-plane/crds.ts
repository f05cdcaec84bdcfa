/** Where the CRDs of everything that the function composes are. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { moduleDir } from './binaries.ts';

export interface GcpCrdFolders {
  /** The project's own, pruned to the fields that it writes. */
  readonly small: string;
  /** The provider's whole ones, where somebody has put them; no Go module carries them. */
  readonly real: string | undefined;
}

/** A folder named by XENVIRONMENT_REAL_CRDS has to be there; the usual place may be empty. */
export function gcpCrdFolders(): GcpCrdFolders {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const usual = path('../../../shared/crds');
  const real = process.env.XENVIRONMENT_REAL_CRDS ?? (existsSync(usual) ? usual : undefined);
  return { small: path('crds'), real };
}

/** The GCP kinds that the function composes, as files of one of the folders above. */
export function gcpCrds(folder: string): string[] {
  return readdirSync(gcpCrdFolders().small).map((file) => join(folder, file));
}

/** The schemas of Crossplane's own kinds and of its providers', from their source. */
export async function moduleCrds(): Promise<string[]> {
  const contrib = 'github.com/crossplane-contrib';
  const core = await moduleDir('crossplane-core', 'github.com/crossplane/crossplane/v2');
  const helm = await moduleDir('provider-helm', `${contrib}/provider-helm`);
  const kubernetes = await moduleDir('provider-kubernetes', `${contrib}/provider-kubernetes`);
  return [join(core, 'cluster/crds'), join(helm, 'package/crds'), join(kubernetes, 'package/crds')];
}
