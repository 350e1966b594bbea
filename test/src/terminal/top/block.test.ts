// What is printed each second where no person looks?
import { describe, expect, it } from "vitest";
import { block } from "../../../../src/terminal/top/block.js";
import { firstView } from "../../../../src/terminal/top/view.js";
import { manyElements, seen } from "../../../helpers/top-data.js";

const at = "2026-01-02T03:05:10.000Z";
const options = { at, columns: 80, colour: false, range: 2 };

describe("a block", () => {
  it("begins with its time, has what is slow, the table and the losses, and ends with an empty line", () => {
    const lines = block(seen, firstView(), options).split("\n");
    expect(lines[0]).toMatch(/^2026-01-02T03:05:10\.000Z 4242 studio, up 1:05, last 2\.00 s: 46\.0 % of a core;/);
    expect(lines[1]).toMatch(/^enc burns 76 % /);
    expect(lines.slice(2)).toEqual([
      "ELEMENT       CORE %  CPU %  CPU ms  BUFFERS/S  EXCL P50  EXCL P99    LEVEL",
      "enc             35.0   76.1     700       30.0   11.0 ms   90.0 ms        -",
      "source          10.0   21.7     200       30.0   3.00 ms   3.00 ms        -",
      "sink             1.0    2.2      20       25.0   30.0 ms   30.0 ms        -",
      "queue0           0.0    0.0       0       30.0   10.0 µs   10.0 µs     3/16",
      "Lost: nothing of 92 samples",
      "",
      "",
    ]);
  });

  it("is ordered and filtered as it was asked for", () => {
    const text = block(seen, firstView({ sort: "name", filter: "s" }), options);
    expect(
      text
        .split("\n")
        .slice(3, 5)
        .map((line) => line.split(" ")[0]),
    ).toEqual(["sink", "source"]);
  });

  it("has at most a thousand rows, and says how many more there are", () => {
    expect(block(manyElements(1200), firstView(), options)).toContain("and 200 more elements");
  });
});
