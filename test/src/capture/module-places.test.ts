// Are frames counted once, by their module, with what every profile knows of them?
import { expect, it } from "vitest";
import { ModulePlaces, namelessIn } from "../../../src/capture/module-places.js";
import type { Origin } from "../../../src/capture/profile-names.js";

const place = (address: number, origin: Origin, hasLine = false, buildId = "ab") => ({
  ...{ path: "/lib/a.so", buildId, address, origin, hasLine },
});

it("a place of several profiles counts once; those of another build are another module's", () => {
  const places = new ModulePlaces();
  for (const one of [
    place(1, "none"),
    place(1, "none"),
    place(2, "type"),
    place(3, "symbol", true),
    place(1, "role", false, "cd"),
  ])
    places.add(one);
  expect([places.nameless, places.withLine, places.modules.length]).toEqual([3, 1, 2]);
  const own = places.of({ path: "/lib/a.so", buildId: "ab" });
  expect(own && [namelessIn(own), own.origins.size]).toEqual([2, 3]);
  expect(places.of({ path: "/lib/b.so", buildId: "ab" })).toBeUndefined();
});

it.each([
  ["before", [place(1, "none"), place(1, "symbol", true)]],
  ["after", [place(1, "symbol", true), place(1, "none")]],
  ["between", [place(1, "symbol", true), place(1, "type"), place(1, "symbol", true)]],
])("a place whose symbol another profile %s lacks may still get one, and its line", (_, all) => {
  const places = new ModulePlaces();
  for (const one of all) places.add(one);
  expect([places.nameless, places.withLine]).toEqual([1, 0]);
});
