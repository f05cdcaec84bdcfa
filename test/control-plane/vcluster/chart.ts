/** Puts the real chart of vcluster where a bed's catalog looks for it, in place of the stand-in. */
import { join } from 'node:path';
import { at, text } from '../../../src/json.ts';
import type { Bed } from '../bed/bed.ts';
import { moduleDir } from '../binaries.ts';
import { run } from '../run.ts';

/** What tools/vcluster pins, and what the catalog offers by default. */
export const VERSION = '0.36.1';

export async function serveRealChart({ folder, layout, catalog }: Bed): Promise<void> {
  const module = await moduleDir('vcluster', 'github.com/loft-sh/vcluster');
  const charts = join(folder, 'charts');
  const url = text(at(catalog, 'components', 'vcluster', 'chart'), 'repository') ?? '';
  // The module's Chart.yaml says 0.0.1: its makers stamp the version in as they publish it.
  const stamps = ['--version', VERSION, '--app-version', VERSION];
  const source = join(module, 'chart');
  for (const args of [
    ['package', source, ...stamps, '--destination', charts],
    ['repo', 'index', charts, '--url', url],
  ]) {
    const { code, stderr } = await run(layout.binaries.helm, args);
    if (code !== 0) throw new Error(`helm ${args[0]} failed:\n${stderr}`);
  }
}
