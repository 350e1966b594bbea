// Which tests does `vitest` run, and how patient is it?
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/src/**/*.test.ts", "test/rules/**/*.test.ts", "test/e2e/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
