// npm test: everything that needs only Node. The suite with a real Crossplane has a config of its own.
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/control-plane/**'], testTimeout: 20_000 },
});
