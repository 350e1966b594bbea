// Does the agent bring the stacks that the service asks for, for as long as it asks, and survive whatever it answers?
import { expect, test } from "vitest";
import { WantedStacks } from "../../../src/windows/wanted.js";

const at = (ms: number) => new Date(ms).toISOString();

test("what is asked for is wanted until then, for ten minutes at most", () => {
  let now = 1000;
  const wanted = new WantedStacks(() => now);
  wanted.take({ accepted: 1, want: [{ stream_id: "a", elements: ["p/enc"], until: at(5000) }] });
  wanted.take({ accepted: 1, want: [{ stream_id: "b", elements: ["p/mux"], until: "2999-01-01T00:00:00Z" }] });
  expect([...wanted.now()]).toEqual([
    ["a", new Set(["p/enc"])],
    ["b", new Set(["p/mux"])],
  ]);
  now = 5001;
  expect([...wanted.now().keys()]).toEqual(["b"]);
  now = 1000 + 600_001;
  expect(wanted.now().size).toBe(0);
});

test.each([
  [null],
  ["text"],
  [{ want: "all" }],
  [{ want: [null, 3, {}, { stream_id: 1, elements: [], until: at(5000) }] }],
  [{ want: [{ stream_id: "a", elements: "p/enc", until: at(5000) }] }],
  [{ want: [{ stream_id: "a", elements: ["p/enc"], until: "soon" }] }],
])("an answer that makes no sense wants nothing: %j", (answer) => {
  const wanted = new WantedStacks(() => 1000);
  wanted.take(answer);
  expect(wanted.now().size).toBe(0);
});

test("a service that asks for very much gets a part of it", () => {
  const wanted = new WantedStacks(() => 1000);
  const elements = Array.from({ length: 1000 }, (_, i) => `p/e${i}`);
  wanted.take({
    want: Array.from({ length: 1000 }, (_, i) => ({ stream_id: `s${i}`, elements, until: at(5000) })),
  });
  expect(wanted.now().size).toBe(20);
  expect(wanted.now().get("s0")?.size).toBe(50);
});
