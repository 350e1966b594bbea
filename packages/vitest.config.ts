// Which tests of the packages does `vitest --config packages/vitest.config.ts` run, and which of them alone?
import { defineConfig } from "vitest/config";

/** They start browsers, pipelines and servers, or measure time. */
const alone = ["packages/*/test/{alone,browser,lab}/**/*.test.ts"];
/** Pages that show what they are told, however long that takes: of two browsers each has a CPU. */
const shown = ["packages/serve/test/browser/{incident,incident-live,lanes,pages,search,states,texts}.test.ts"];
/** Minutes of real streams and real viewers: `npm test -- viewers`, which continuous integration runs, too. */
const viewers = ["packages/*/test/viewers/**/*.test.ts"];

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    /** With --coverage: what is pure or runs in pages. Most of the service's tests run the built one, in processes that are not seen here. */
    coverage: {
      include: ["packages/{contract,player}/src/**/*.ts", "packages/serve/src/answer/**/*.ts"],
      exclude: ["**/wire.ts", "**/window.ts", "packages/player/src/script.ts"],
      reporter: ["text-summary"],
      reportsDirectory: "build/coverage",
      thresholds: { lines: 90, "packages/contract/src/**": { lines: 95 } },
    },
    projects: [
      {
        extends: true,
        test: {
          name: "packages",
          include: ["packages/*/test/**/*.test.ts"],
          exclude: [...alone, ...viewers],
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: { name: "pages", include: shown, maxWorkers: 2, retry: 1, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: "packages, alone",
          include: alone,
          exclude: shown,
          fileParallelism: false,
          retry: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: { name: "viewers", include: viewers, fileParallelism: false, retry: 1, sequence: { groupOrder: 3 } },
      },
    ],
  },
});
