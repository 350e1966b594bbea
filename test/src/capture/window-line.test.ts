// Does a window come back from its line as it was, and nothing that somebody else wrote as one of ours?
import { expect, it } from "vitest";
import { decodeWindow, elementFields, encodeWindow, MOST_ELEMENTS } from "../../../src/capture/window-line.js";
import { unknownMachine } from "../../../src/model/recorded-windows.js";
import { elementOf, windowAt } from "../../helpers/recorded-windows.js";

const busy = elementOf("p/h264", {
  ...{ cpuNs: 1, readyNs: 2, blockedNs: 3, ownNs: 4, driverNs: 5, buffersIn: 6, buffersOut: 7, bytesIn: 8, drops: 9 },
  ...{ level: 10, highestLevel: 11, own: [3, 4, 200, 1], wait: [0, 1] },
});
const window = windowAt(3, {
  elements: [busy, elementOf("p/idle")],
  latency: [{ source: "p/src", sink: "p/out", sumNs: 12, times: [7, 1] }],
});

it("a line brings back what was written, and has nothing that is 0", () => {
  const line = encodeWindow(window);
  expect(decodeWindow(line)).toEqual(window);
  expect(JSON.parse(line).elements[1]).toEqual({ path: "p/idle" });
  expect(line).not.toContain("\n");
});

it("what many elements did is in the line, those beyond its room as one row", () => {
  const elements = Array.from({ length: 5000 }, (_, i) => elementOf(`p/${"x".repeat(100)}${i}`, { cpuNs: i + 1 }));
  for (const most of [2000, 50_000, undefined]) {
    const line = encodeWindow(windowAt(0, { elements }), most);
    const read = decodeWindow(line);
    expect(line.length).toBeLessThanOrEqual(most ?? 200_000);
    expect(read?.elements.length).toBeLessThanOrEqual(MOST_ELEMENTS);
    expect(read?.elements.reduce((sum, { cpuNs }) => sum + cpuNs, 0)).toBe((5000 * 5001) / 2);
  }
});

it.each([
  ["", null],
  ["{}", null],
  ['{"atNs":1,"durationNs":0,"elements":[]}', null],
  ['{"atNs":"1","durationNs":1,"elements":[]}', null],
  ["[1]", null],
])("%s is no window", (line, nothing) => expect(decodeWindow(line)).toBe(nothing));

it("numbers that no writer of ours writes become 0, and buckets that the grid has not are left out", () => {
  const hostile = {
    atNs: 1,
    durationNs: 1e9,
    merged: -3,
    machine: { load: "high", steal: "x" },
    elements: [{ path: 7, cpuNs: -1, own: [5, 1, -2, 3, 1e9, 1, 2, 2, "x", 1, 4] }, null],
    latency: [{ times: {} }],
  };
  const read = decodeWindow(JSON.stringify(hostile));
  expect(read).toMatchObject({ merged: 1, machine: unknownMachine });
  expect(read?.elements).toEqual([elementOf("", { own: [2, 2, 5, 1] }), elementOf("")]);
  expect(read?.latency).toEqual([{ source: "", sink: "", sumNs: 0, times: [] }]);
});

it("the description of the format names each field of an element", async () => {
  const { captureFields } = await import("../../../src/capture/field-table.js");
  const rows = captureFields.filter(({ file }) => file === "windows.ndjson");
  const listed = rows.flatMap(({ field }) => field.split(", "));
  expect(new Set(listed)).toEqual(new Set(Object.keys(window)));
  const help = rows.find(({ field }) => field === "elements")?.help ?? "";
  for (const field of elementFields) expect(help).toContain(field);
});
