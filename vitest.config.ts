// npm test: everything that needs only Node. The suites with a real Crossplane and the real charts have configs of their own.
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/control-plane/**', 'test/charts/**'], maxWorkers: '100%', testTimeout: 60_000 },
});
