/** npm run test:charts: the real charts, pulled by version, with the values that the examples give. */
import { defineConfig } from 'vitest/config';

const minute = 60_000;

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    include: ['test/charts/charts.test.ts'],
    testTimeout: 3 * minute,
    // The first run compiles Helm.
    hookTimeout: 60 * minute,
  },
});
