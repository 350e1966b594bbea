// Has each window a name that the service takes, whatever a pipeline is called?
import { expect, test } from "vitest";
import { identityOf, shownText } from "../../../src/windows/identity.js";

test.each([
  ["demo", "p0", { stream_id: "demo", stream_source: "tag" }],
  [" demo\n", "p0", { stream_id: "demo", stream_source: "tag" }],
  ["", "p0", { stream_id: "p0", stream_source: "pipeline" }],
  [" \u0000 ", "p0", { stream_id: "p0", stream_source: "pipeline" }],
  ["", "\ud800", { stream_id: "pipeline", stream_source: "pipeline" }],
  ["😀".repeat(200), "p0", { stream_id: "😀".repeat(128), stream_source: "tag" }],
])("tag %j of pipeline %j", (tag, pipeline, expected) => {
  expect(identityOf(tag, pipeline)).toEqual(expected);
});

test.each([
  [["news"], { stream_id: "news", stream_source: "sink" }],
  [["news", "news"], { stream_id: "news", stream_source: "sink" }],
  [["news", "sport"], { stream_id: "p0", stream_source: "pipeline" }],
  [["\u0000"], { stream_id: "p0", stream_source: "pipeline" }],
])("sinks that write %j", (published, expected) => {
  expect(identityOf("", "p0", published)).toEqual(expected);
  expect(identityOf("demo", "p0", published).stream_source).toBe("tag");
});

test("a text has something visible, no control character, and an end", () => {
  expect(shownText("a\tb\ud800", 10)).toBe("a\ufffdb\ufffd");
  expect(shownText(" ", 10)).toBe("(unnamed)");
  expect([...shownText("x".repeat(50), 10)]).toHaveLength(10);
});
