/** The tests against a real Crossplane: slow, and apart from the others. */
import { defineConfig } from 'vitest/config';

const minute = 60_000;

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    include: ['test/control-plane/**/*.test.ts'],
    // Two files at once would build, and run control planes, side by side.
    fileParallelism: false,
    testTimeout: 5 * minute,
    // The first run compiles Crossplane in a hook.
    hookTimeout: 60 * minute,
  },
});
