// Which tests does `vitest` run, which of them side by side, and how patient is it?
import { defineConfig } from "vitest/config";

const units = ["test/src/**/*.test.ts", "test/rules/**/*.test.ts"];

/** They start programs, servers and timers of seconds: not among those that must be over within a minute. */
const processes = [
  "test/rules/{docs,rebuild,roots}.test.ts",
  "test/src/commands/{run,symbols,top-screen}.test.ts",
  "test/src/{commands/export,export/{bundle,damaged,flame-svg,merged-pprof,pipeline-svg,speedscope}}.test.ts",
  "test/src/native.test.ts",
  "test/src/output/otlp/{metrics,both-senders,metrics-sender,sdk-sender}.test.ts",
  "test/src/output/pyroscope-losses.test.ts",
  "test/src/symbols/debuginfod.test.ts",
];

/** They live through outages, limits and rates that last, or measure for long: `npm test -- minutes`, which continuous integration runs, too. */
const minutes = ["test/e2e/{clocks,host-limits,latency,servers-down,span-outages,unwind-tables,windows}.test.ts"];
const minutesAlone = ["test/e2e/{bottleneck,cpu,live-page,truths}.test.ts"];

/** What needs a CPU of its own may be without one at a moment; what fails twice is wrong. Each try is printed. */
const ONCE_MORE = 1;

/** They measure milliseconds, memory or the CPU itself, where others beside them would be measured too, or put files into the tree. */
const alone = [
  "test/rules/{files,imports,labels,scripts,tables}.test.ts",
  "test/src/exposition.test.ts",
  "test/src/hostile-texts.test.ts",
  "test/src/server.test.ts",
  "test/src/{server,live/browser}/live-page.test.ts",
  "test/src/live/browser/live-hour.test.ts",
  "test/src/capture/{fuzz,hostile,week}.test.ts",
  "test/src/redact/text.test.ts",
  "test/src/page/{accessible,graph,html}.test.ts",
  "test/src/graph/layout.test.ts",
  "test/e2e/{cardinality,counts,endpoint-attacks,engines,first-moments,hostile-names,overload}.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 240_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        test: {
          name: "units and rules",
          include: units,
          exclude: [...processes, ...alone],
          // They share no state beyond a module's constants; a process a file took two thirds of the time.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // Most of them wait: for a server, for an interval, for a process to end.
      {
        extends: true,
        test: {
          name: "side by side, real processes",
          include: [...processes, "test/e2e/**/*.test.ts"],
          exclude: [...alone, ...minutes, ...minutesAlone],
          maxWorkers: 3,
          retry: ONCE_MORE,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, fileParallelism: false, retry: ONCE_MORE, sequence: { groupOrder: 2 } },
      },
      {
        extends: true,
        test: { name: "minutes", include: minutes, maxWorkers: 3, retry: ONCE_MORE, sequence: { groupOrder: 3 } },
      },
      {
        extends: true,
        test: { name: "minutes, alone", include: minutesAlone, retry: ONCE_MORE, sequence: { groupOrder: 4 } },
      },
    ],
  },
});
