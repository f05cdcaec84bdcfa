/** npm run test:crossplane: the examples and whole environments in a real Crossplane; programs are built first. */
import { defineConfig } from 'vitest/config';

const minute = 60_000;

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    include: ['test/control-plane/*.test.ts'],
    globalSetup: 'test/control-plane/build.ts',
    // Most of the time things wait for each other; two beds have room on two cores.
    maxWorkers: 2,
    testTimeout: 10 * minute,
    hookTimeout: 10 * minute,
  },
});
