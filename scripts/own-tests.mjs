// Which source file is held by which test? By one of its own name; else the table says which one. For the rules and for house.mjs.
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./steps.mjs";

/** TABLE: files with logic that have no test of their own name, and the test that fails when they are wrong. */
// biome-ignore format: one row a line
export const heldBy = {
  "native/addon/addon.cc": "test/src/native.test.ts",
  "native/addon/cell-objects.cc": "test/src/native.test.ts",
  "native/addon/constants.cc": "test/src/native.test.ts",
  "native/addon/control-change.cc": "test/src/native.test.ts",
  "native/addon/exit-watch.cc": "test/src/attach/presence.test.ts",
  "native/addon/inspect-worker.cc": "test/src/native.test.ts",
  "native/addon/lean-memory.cc": "test/src/agent/lean-memory.test.ts",
  "native/addon/pprof-value.cc": "test/src/profile/name-columns.test.ts",
  "native/addon/sample-window.cc": "test/src/profile/batch-labels.test.ts",
  "native/addon/segment-reader.cc": "test/src/native.test.ts",
  "native/addon/segment-values.cc": "test/src/native.test.ts",
  "native/addon/span-methods.cc": "test/src/agent/session/span-source.test.ts",
  "native/addon/symbol-worker.cc": "test/src/symbols/symbols.test.ts",
  "native/clock/calibration.cc": "test/native/clock/clock.test.cc",
  "native/exposition/display-names.cc": "test/native/exposition/names.test.cc",
  "native/exposition/families.cc": "test/src/exposition.test.ts",
  "native/exposition/records.cc": "test/native/tracer/metrics-signal.test.cc",
  "native/exposition/text.cc": "test/native/exposition/numbers.test.cc",
  "native/pads/learning/private-pads.cc": "test/native/pads/pad-registers.test.cc",
  "native/pads/learning/register-observer.cc": "test/native/pads/pad-registers.test.cc",
  "native/pads/learning/thread-roles.cc": "test/native/pads/roles.test.cc",
  "native/pads/names/class-reading.cc": "test/native/pads/function-names.test.cc",
  "native/pads/names/function-notes.cc": "test/native/pads/function-names.test.cc",
  "native/pads/streams/reported.cc": "test/e2e/latency.test.ts",
  "native/pads/wrap/install.cc": "test/native/tracer/adversary.test.cc",
  "native/pads/wrap/proxy-pads.cc": "test/native/tracer/counts.test.cc",
  "native/pads/wrap/rewrap-probe.cc": "test/native/tracer/adversary.test.cc",
  "native/process/agent.cc": "test/native/process/spawn.test.cc",
  "native/process/redact-places.cc": "test/native/process/redact.test.cc",
  "native/process/redact-url.cc": "test/native/process/redact.test.cc",
  "native/process/spawn-child.cc": "test/native/process/spawn.test.cc",
  "native/profile/pprof-builder.cc": "test/src/profile/name-columns.test.ts",
  "native/sampling/blocked-stack.cc": "test/native/sampling/off-cpu-sampler.test.cc",
  "native/sampling/deferred-walk.cc": "test/native/sampling/deferred.test.cc",
  "native/sampling/off-cpu-time.cc": "test/native/sampling/off-cpu-sampler.test.cc",
  "native/sampling/perf-engine.cc": "test/native/sampling/perf-events.test.cc",
  "native/sampling/perf-stacks.cc": "test/native/sampling/perf-events.test.cc",
  "native/sampling/signal.cc": "test/native/sampling/signal-safety.test.cc",
  "native/sampling/stack-bounds.cc": "test/native/sampling/alternate-stack.test.cc",
  "native/sampling/stack-copy.cc": "test/native/sampling/off-cpu-sampler.test.cc",
  "native/sampling/stack-words.cc": "test/native/sampling/off-cpu-sampler.test.cc",
  "native/sampling/task-state.cc": "test/native/sampling/off-cpu-sampler.test.cc",
  "native/sampling/timer-engine.cc": "test/native/sampling/cpu-sampler.test.cc",
  "native/sampling/unseen.cc": "test/native/sampling/cpu-sampler.test.cc",
  "native/symbols/demangle.cc": "test/native/symbols/symbolizer.test.cc",
  "native/symbols/dwarf-library.cc": "test/native/symbols/dwarf-file.test.cc",
  "native/symbols/elf-file.cc": "test/native/symbols/hostile.test.cc",
  "native/symbols/elf-library.cc": "test/native/symbols/hostile.test.cc",
  "native/symbols/function-index.cc": "test/native/symbols/symbolizer.test.cc",
  "native/symbols/module-facts.cc": "test/src/native.test.ts",
  "native/symbols/rust-legacy.cc": "test/native/symbols/rust-name.test.cc",
  "native/symbols/xz.cc": "test/native/symbols/debug-files.test.cc",
  "native/timing/cost.cc": "test/e2e/truths.test.ts",
  "native/tracer/agent-life.cc": "test/e2e/life.test.ts",
  "native/tracer/agent-words.cc": "test/e2e/words.test.ts",
  "native/tracer/background.cc": "test/e2e/life.test.ts",
  "native/tracer/engine.cc": "test/e2e/engines.test.ts",
  "native/tracer/naming.cc": "test/native/tracer/pad-life.test.cc",
  "native/tracer/params-split.cc": "test/native/tracer/params.test.cc",
  "native/tracer/place.cc": "test/native/tracer/places.test.cc",
  "native/tracer/plugin.cc": "test/native/tracer/loading.test.cc",
  "native/tracer/session.cc": "test/native/tracer/fork.test.cc",
  "native/tracer/streams.cc": "test/e2e/latency.test.ts",
  "native/tracer/thread-numbers.cc": "test/e2e/labels.test.ts",
  "native/tracer/trace-parent.cc": "test/native/tracer/span-policy.test.cc",
  "native/tracer/tracer.cc": "test/native/tracer/loading.test.cc",
  "native/unwind/cfi/cfi-expressions.cc": "test/native/unwind/cfi.test.cc",
  "native/unwind/cfi/cfi-program.cc": "test/native/unwind/cfi.test.cc",
  "native/unwind/cfi/image.cc": "test/native/unwind/modules.test.cc",
  "native/unwind/modules/call-sites.cc": "test/native/unwind/leaf-search.test.cc",
  "native/unwind/modules/code-regions.cc": "test/native/unwind/leaf-search.test.cc",
  "native/unwind/modules/modules-build.cc": "test/native/unwind/modules.test.cc",
  "native/unwind/modules/snapshot-keeper.cc": "test/native/unwind/modules.test.cc",
  "native/unwind/walk/walk.cc": "test/native/unwind/oracle.test.cc",
  "native/wire/directory-scan.cc": "test/native/wire/directory.test.cc",
  "native/wire/reader.cc": "test/native/wire/hostile.test.cc",
  "native/wire/sample-records.cc": "test/native/wire/hostile.test.cc",
  "native/wire/snapshot.cc": "test/native/wire/segment.test.cc",
  "src/agent/agent.ts": "test/e2e/processes.test.ts",
  "src/agent/symbolize/capture-names.ts": "test/src/agent/symbolize/symbolize.test.ts",
  "src/agent/symbolize/survey.ts": "test/src/agent/symbolize/symbolize.test.ts",
  "src/agent/symbolize/symbol-sources.ts": "test/e2e/symbolize.test.ts",
  "src/analysis/fold-callers.ts": "test/src/analysis/flame.test.ts",
  "src/analysis/stage-elements.ts": "test/src/analysis/stages.test.ts",
  "src/capture/renaming.ts": "test/src/agent/symbolize/symbolize.test.ts",
  "src/commands/browser.ts": "test/src/commands/conclusion.test.ts",
  "src/commands/child-environment.ts": "test/src/commands/run.test.ts",
  "src/commands/compared-side.ts": "test/src/commands/diff.test.ts",
  "src/commands/diff-verb.ts": "test/e2e/diff.test.ts",
  "src/commands/export-request.ts": "test/src/commands/export.test.ts",
  "src/commands/export-verb.ts": "test/src/commands/export.test.ts",
  "src/commands/output-file.ts": "test/src/commands/export.test.ts",
  "src/commands/prepare.ts": "test/e2e/start.test.ts",
  "src/commands/program.ts": "test/e2e/command-line.test.ts",
  "src/commands/release-folder.ts": "test/e2e/install-plugin.test.ts",
  "src/commands/run-verb.ts": "test/e2e/run.test.ts",
  "src/commands/running-verbs.ts": "test/e2e/door.test.ts",
  "src/commands/uninstall.ts": "test/e2e/install-plugin.test.ts",
  "src/door/connection.ts": "test/src/door/doors.test.ts",
  "src/door/listener.ts": "test/src/door/door.test.ts",
  "src/encoding/perfetto-names.ts": "test/src/encoding/perfetto-writer.test.ts",
  "src/export/perfetto/counters.ts": "test/src/export/perfetto/perfetto.test.ts",
  "src/export/perfetto/tracks.ts": "test/src/export/perfetto/perfetto.test.ts",
  "src/export/redacted-capture.ts": "test/src/export/bundle.test.ts",
  "src/export/svg-text.ts": "test/src/export/pipeline-svg.test.ts",
  "src/live/element-windows.ts": "test/src/live/live-recording.test.ts",
  "src/live/layout-routes.ts": "test/src/live/browser/live-page.test.ts",
  "src/live/lease-route.ts": "test/src/agent/live-pages.test.ts",
  "src/metrics/row-points.ts": "test/src/metrics/producer.test.ts",
  "src/output/otlp/sdk-exporter.ts": "test/src/output/otlp/sdk-sender.test.ts",
  "src/output/otlp/metrics-state.ts": "test/src/agent/session/metrics-sink.test.ts",
  "src/output/otlp/written-metric.ts": "test/src/output/otlp/metrics-packer.test.ts",
  "src/model/recorded-profiles.ts": "test/src/profile/recorded-pprof.test.ts",
  "src/outside.ts": "test/src/commands/serve.test.ts",
  "src/page/changed-tree.ts": "test/src/page/diff-page.test.ts",
  "src/page/diff-data.ts": "test/src/page/diff-page.test.ts",
  "src/page/diff-html.ts": "test/src/page/diff-page.test.ts",
  "src/page/page-timeline.ts": "test/src/page/timeline.test.ts",
  "src/server/host-name.ts": "test/src/server.test.ts",
  "src/server/limits.ts": "test/src/server.test.ts",
  "src/server/listening.ts": "test/src/server.test.ts",
  "src/server/live-access.ts": "test/src/server/live-page.test.ts",
  "src/server/live-app.ts": "test/src/server/live-page.test.ts",
  "src/start/begin.ts": "test/e2e/start.test.ts",
  "src/terminal/latency-table.ts": "test/src/terminal/text.test.ts",
  "src/terminal/top/held-terminal.ts": "test/src/commands/top-screen.test.ts",
  "src/windows/element-windows.ts": "test/src/windows/windows.test.ts",
};

/** Share of the files with logic that may stand in that table. */
export const MOST_ELSEWHERE = 0.25;

/** Of TypeScript what is left after compilation: no imports, no types, and no comments. */
const compiled = (text) =>
  text
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$|^import .*$/gm, "")
    .replace(/^(export )?interface [\s\S]*?^}|^(export )?type .*;$|^ +\w+\??: \(.*\) => .*;$/gm, "");

/** Has it a function? Types, tables and numbers have nothing that a test could call. */
function hasLogic(file) {
  const text = readFileSync(root + file, "utf8");
  if (/TABLE:|Generated from/.test(text.split("\n").slice(0, 3).join(" "))) return false;
  return file.endsWith(".ts")
    ? /=> |\bfunction\b|^ +(static |async |get )*#?\w+\(.*\{$/m.test(compiled(text))
    : /\) (const |override )*\{/.test(text);
}

/**
 * Of a file of src at the same place below test/, of a file of native one in C++, or one of whole processes. A test of a file
 * that has the same name in another room says nothing of this one.
 *
 * @param {string[]} tests
 */
function hasOwnTest(tests) {
  const names = new Set(tests.map((test) => (test.endsWith(".cc") ? path.basename(test) : test)));
  /** @param {string} file */
  return (file) => {
    const [name] = path.basename(file).split(".");
    const unit = file.endsWith(".ts") ? `test/${file.replace(/ts$/, "test.ts")}` : `${name}.test.cc`;
    return names.has(unit) || names.has(`test/e2e/${name}.test.ts`);
  };
}

/**
 * The pages' code for the browser is held by tests in one (test/src/page/html.test.ts, test/src/live/browser/live-page.test.ts).
 *
 * @param {string[]} tracked all files of the project
 */
export function ownTests(tracked) {
  const tests = tracked.filter((file) => /^test\/.*\.test\.(ts|cc)$/.test(file));
  const isHeld = hasOwnTest(tests);
  const files = tracked.filter(
    (file) => /^(src|native)\/.*\.(ts|cc)$/.test(file) && !/^src\/(page|live)\/browser\//.test(file) && hasLogic(file),
  );
  const without = files.filter((file) => !isHeld(file));
  return { files, tests, without };
}
