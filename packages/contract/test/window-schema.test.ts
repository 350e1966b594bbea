// Does the published schema of windows take what the types allow, refuse what they do not, and ignore what a later release adds?
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import type { Static } from "@sinclair/typebox";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { ajvOptions } from "../src/schema.js";
import type { ElementWindow, PipelineWindow, WindowBatch } from "../src/window.js";
import { type elementWindowSchema, windowBatchSchema } from "../src/window-schema.js";

const published = readFileSync(new URL("../schema/pipeline-windows-1.0.json", import.meta.url), "utf8");

function validator() {
  const warnings: unknown[] = [];
  const logger = { log: () => {}, warn: (...words: unknown[]) => warnings.push(words), error: () => {} };
  const validate = new Ajv({ ...ajvOptions, logger }).compile(JSON.parse(published));
  expect(warnings).toEqual([]);
  return validate;
}

const element: ElementWindow = {
  ...{ path: "p/enc", factory: "x264enc", class: "work", threads: ["p/q"], feeds: ["p/mux"] },
  ...{ buffers_in: 60, buffers_out: 60, bytes_in: 1000, own_ms: 12.5, driver_ms: 0, cpu_ms: 300 },
  ...{ blocked_ms: { lock: 3, cpu_ready: 0.5 }, queue: null, drops: 0, flow_errors: 0 },
};

const window: PipelineWindow = {
  ...{ stream_id: "demo", stream_source: "tag", pipeline: "p", service: "s", host: "h", run_id: "1-2", topology: "a" },
  ...{ state: "playing", from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T00:00:02.000Z", process_cpu_ms: null },
  ...{ machine: { load: 1.5, cpus: 2, steal: null, pressure: 0.25 }, losses: 0, elements: [element] },
  ...{ sinks: [{ path: "p/sink", buffers: 60, media_ms: 2000 }] },
};

const batch = (windows: unknown[]): object => {
  const body: Omit<WindowBatch, "windows"> = {
    ...{ schema_version: "1.0", project_id: "demo", sent_at: "2026-01-01T00:00:02.100Z" },
  };
  return { ...body, windows };
};

test("the file is what the source says; else run node packages/contract/generate.mjs", () => {
  expect(published).toBe(`${JSON.stringify(windowBatchSchema, null, 2)}\n`);
});

test("whole windows pass, and fields of a later release are ignored", () => {
  const validate = validator();
  const ended = { ...window, state: "ended", end: { signal: "SIGKILL", flow: "error", error: "no space" } };
  const stacks = [{ path: "p/enc", frames: ["main", "x264_encode"], ms: 20 }];
  expect(validate(batch([window, ended, { ...window, stacks }])), JSON.stringify(validate.errors)).toBe(true);
  expect(validate(batch([{ ...window, new_field: 1, elements: [{ ...element, late_buffers: 2 }] }]))).toBe(true);
});

test.each([
  ["no window", []],
  ["61 windows", Array(61).fill(window)],
  ["another state", [{ ...window, state: "done" }]],
  ["another class", [{ ...window, elements: [{ ...element, class: "queue" }] }]],
  ["a negative time", [{ ...window, elements: [{ ...element, own_ms: -1 }] }]],
  ["a broken count", [{ ...window, elements: [{ ...element, buffers_in: 1.5 }] }]],
  ["text as a reason's time", [{ ...window, elements: [{ ...element, blocked_ms: { disk: "3" } }] }]],
  ["a share above 1", [{ ...window, machine: { ...window.machine, steal: 1.1 } }]],
  ["no stream", [{ ...window, stream_id: " " }]],
  ["a line break in a path", [{ ...window, sinks: [{ path: "a\nb", buffers: 0, media_ms: null }] }]],
  ["too many elements", [{ ...window, elements: Array(1001).fill(element) }]],
])("%s is refused", (_, windows) => expect(validator()(batch(windows))).toBe(false));

test("another version and a missing project are refused", () => {
  expect(validator()({ ...batch([window]), schema_version: "2.0" })).toBe(false);
  expect(validator()({ ...batch([window]), project_id: undefined })).toBe(false);
});

test("types and schema agree: what a type allows the schema does, and the reverse", () => {
  const given = (one: ElementWindow): Static<typeof elementWindowSchema> => one;
  const taken = (one: Static<typeof elementWindowSchema>): Omit<ElementWindow, "blocked_ms"> => one;
  const body = (one: Static<typeof windowBatchSchema>): Omit<WindowBatch, "windows"> => one;
  expect(taken(given(element))).toBe(element);
  expect(body({ schema_version: "1.0", project_id: "p", sent_at: "", windows: [] }).project_id).toBe("p");
});
