// Has each window a name that the service takes, whatever a pipeline is called?
import { expect, test } from "vitest";
import { shownText, streamsOf } from "../../../src/windows/identity.js";

test.each([
  ["demo", "p0", { stream_id: "demo", stream_source: "tag" }],
  [" demo\n", "p0", { stream_id: "demo", stream_source: "tag" }],
  ["", "p0", { stream_id: "p0", stream_source: "pipeline" }],
  [" \u0000 ", "p0", { stream_id: "p0", stream_source: "pipeline" }],
  ["", "\ud800", { stream_id: "pipeline", stream_source: "pipeline" }],
  ["😀".repeat(200), "p0", { stream_id: "😀".repeat(128), stream_source: "tag" }],
])("tag %j of pipeline %j", (tag, pipeline, expected) => {
  expect(streamsOf(tag, pipeline)).toEqual([{ identity: expected, publishers: null }]);
});

const p0 = { identity: { stream_id: "p0", stream_source: "pipeline" }, publishers: null };
const ofSink = (stream_id: string, ...publishers: string[]) => ({
  identity: { stream_id, stream_source: "sink" },
  publishers,
});

test.each([
  [["news"], [ofSink("news", "p0/0")]],
  [["news", "news "], [ofSink("news", "p0/0", "p0/1")]],
  [
    ["news", "sport", "news"],
    [ofSink("news", "p0/0", "p0/2"), ofSink("sport", "p0/1")],
  ],
  [["\u0000", "news"], [ofSink("news", "p0/1")]],
  [["\u0000"], [p0]],
])("sinks that write %j", (names, expected) => {
  const published = names.map((name, i) => ({ path: `p0/${i}`, name }));
  expect(streamsOf("", "p0", published)).toEqual(expected);
  const tagged = { identity: { stream_id: "demo", stream_source: "tag" }, publishers: null };
  expect(streamsOf("demo", "p0", published)).toEqual([tagged]);
});

test("a text has something visible, no control character, and an end", () => {
  expect(shownText("a\tb\ud800", 10)).toBe("a\ufffdb\ufffd");
  expect(shownText(" ", 10)).toBe("(unnamed)");
  expect([...shownText("x".repeat(50), 10)]).toHaveLength(10);
});
