// Does an element of which nothing was measured say so, and not that it took no time?
import { expect, it } from "vitest";
import { blank } from "../../../src/analysis/blank-element.js";

const none = () => blank("p/q", "q", "queue", "coreelements");

it("has the names it was given, and nothing booked on it", () => {
  expect(none()).toMatchObject({ path: "p/q", name: "q", factory: "queue", plugin: "coreelements" });
  const numbers = Object.entries(none()).filter(([, value]) => typeof value === "number");
  expect(numbers.map(([name]) => name).sort()).toEqual(
    ["buffersIn", "buffersOut", "bytesIn", "bytesOut", "cpuNs", "drops", "flushed"].sort(),
  );
  expect(numbers.every(([, value]) => value === 0)).toBe(true);
});

it("has no times: a time of zero would be one that was measured", () => {
  const element = none();
  const times = ["exclusive", "inclusive", "queueWait", "driver", "reported", "transit", "events", "queries"] as const;
  const states = ["wallNs", "readyNs", "blockedNs", "blockedOn", "cpuInclusiveNs", "queueLevel", "link"] as const;
  expect([...times, ...states].map((name) => element[name])).toEqual(Array(15).fill(null));
});

it("shares no list and no table with another one, so that what is booked on one is on one", () => {
  const [one, other] = [none(), none()];
  one.threads.push({ name: "q:src", cpuNs: 1 } as never);
  one.feeds.push("p/sink");
  one.flow.ok = 3;
  one.states = { ...one.states, running: 1 } as never;
  expect(other).toEqual(none());
  for (const name of ["threads", "feeds", "flow", "states"] as const) expect(other[name]).not.toBe(one[name]);
});
