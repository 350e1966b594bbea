// Which targets can be looked at, and do those that ended go one day?
import { expect, it } from "vitest";
import { LiveTargets } from "../../../src/agent/live-targets.js";
import { FakeLive } from "../../helpers/live.js";

it("all that are served, in their order, and the last four of those that ended", () => {
  const targets = new LiveTargets();
  const first = new FakeLive(targets.nextId());
  targets.add(first);
  for (let n = 0; n < 20; n++) {
    const one = new FakeLive(targets.nextId());
    targets.add(one);
    one.end();
  }
  targets.add(new FakeLive(targets.nextId()));
  expect(targets.all().map(({ id }) => id)).toEqual([1, 18, 19, 20, 21, 22]);
});

it("a list that was given out does not change under its reader", () => {
  const targets = new LiveTargets();
  const before = targets.all();
  targets.add(new FakeLive(1));
  expect(before).toEqual([]);
});
