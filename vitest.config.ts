// Which tests does `vitest` run, which of them side by side, and how patient is it?
import { defineConfig } from "vitest/config";

const units = ["test/src/**/*.test.ts", "test/rules/**/*.test.ts"];

/** What needs a CPU of its own may be without one at a moment; what fails twice is wrong. Each try is printed. */
const ONCE_MORE = 1;

/** They measure milliseconds, memory or the CPU itself, where others beside them would be measured too, or put files into the tree. */
const alone = [
  "test/rules/{files,imports,labels,scripts,tables}.test.ts",
  "test/src/exposition.test.ts",
  "test/src/hostile-texts.test.ts",
  "test/src/server.test.ts",
  "test/src/capture/{fuzz,hostile,week}.test.ts",
  "test/src/redact/text.test.ts",
  "test/src/page/html.test.ts",
  "test/e2e/{bottleneck,cardinality,counts,cpu,endpoint-attacks,engines,first-moments,hostile-names,overload,span-outages,truths}.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 240_000,
    hookTimeout: 240_000,
    projects: [
      // Most of them wait: for a server, for an interval, for a process to end.
      {
        extends: true,
        test: { name: "side by side", include: units, exclude: alone, maxWorkers: 3, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: "side by side, real processes",
          include: ["test/e2e/**/*.test.ts"],
          exclude: alone,
          maxWorkers: 3,
          retry: ONCE_MORE,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, fileParallelism: false, retry: ONCE_MORE, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
