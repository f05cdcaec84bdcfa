/** npm run test:crossplane: what one reconcile of a real Crossplane and the real CRDs say of the examples. */
import { defineConfig } from 'vitest/config';

const minute = 60_000;

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    include: ['render', 'crds', 'values', 'binaries'].map(
      (name) => `test/control-plane/${name}.test.ts`,
    ),
    // Two files at once would build side by side.
    fileParallelism: false,
    testTimeout: 5 * minute,
    // The first run compiles Crossplane in a hook.
    hookTimeout: 60 * minute,
  },
});
