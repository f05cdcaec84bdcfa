/** npm run test:control-plane: environments in a whole control plane of real programs; one bed at a time. */
import { defineConfig } from 'vitest/config';

const minute = 60_000;

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    include: ['life', 'changes', 'configurations', 'faults', 'stuck', 'many', 'real-vcluster'].map(
      (name) => `test/control-plane/${name}.test.ts`,
    ),
    fileParallelism: false,
    testTimeout: 5 * minute,
    hookTimeout: 60 * minute,
  },
});
