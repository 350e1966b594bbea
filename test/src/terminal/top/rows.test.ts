// Which elements are rows of `top`, and by which names are they told apart?
import { describe, expect, it } from "vitest";
import { rowNames, shownElements } from "../../../../src/terminal/top/rows.js";
import { summaryOf } from "../../../helpers/summary-tables.js";
import { summary } from "../../../helpers/top-data.js";

const names = (filter: string) => shownElements(summary, filter).map(({ name }) => name);

describe("the rows", () => {
  it("are all elements, or those with a text in path or factory, in small or large letters", () => {
    expect(names("")).toEqual(["source", "enc", "queue0", "sink"]);
    expect(names("X264")).toEqual(["enc"]);
    expect(names("queue")).toEqual(["queue0"]);
    expect(names("no such")).toEqual([]);
  });

  it("leave out a bin in which nothing burned", () => {
    const bins = summaryOf({
      rows: [
        { name: "idle", bin: true },
        { name: "busy", bin: true, cpuNs: 1e6 },
      ],
    });
    expect(shownElements(bins, "").map(({ name }) => name)).toEqual(["busy"]);
  });

  it("are called as they are below their pipeline; of several pipelines, with it", () => {
    const [element] = shownElements(summary, "enc");
    if (element === undefined) throw new Error("no element");
    expect(rowNames(summary, [element]).of(element)).toBe("enc");
    const several = { ...summary, pipelines: [...summary.pipelines, { name: "q", elements: [element] }] };
    expect(rowNames(several, [element]).of(element)).toBe("p/enc");
    expect(rowNames(several, [{ ...element, path: "p/bin/日本語日本語日本" }]).width).toBe(22);
  });
});
