// Is a saved picture well-formed whatever names are in it, with callers above and callees below, and widths by time?
import { expect, test } from "vitest";
import type { FlameNode } from "../../../src/analysis/flame.js";
import { fitted, flamePicture, svgOf } from "../../../src/page/flame-picture.js";

const node = (name: string, ns: number, children: FlameNode[] = []): FlameNode => {
  return { name, ns, element: 0, module: "lib", callers: [], children };
};
const below = node("root", 100, [node("a", 60, [node("b", 30)]), node("c", 40), node("tiny", 0.001)]);

test("boxes stand below their callers, as wide as their time; those that nobody could see are left out", () => {
  const { boxes, rows } = flamePicture("heading", 1000, below, null);
  expect(boxes.map(({ node: { name }, x, row, width }) => [name, x, row, width])).toEqual([
    ["root", 0, 0, 1000],
    ["a", 0, 1, 600],
    ["b", 0, 2, 300],
    ["c", 600, 1, 400],
  ]);
  expect(rows).toBe(3);
});

test("callers stand above, upside down", () => {
  const { boxes, rows } = flamePicture("heading", 1000, below, node("root", 100, [node("main", 100)]));
  expect(boxes.slice(0, 3).map(({ node: { name }, row }) => [name, row])).toEqual([["root", 1], ["main", 0], ["root", 2]]); // biome-ignore format: pairs
  expect(rows).toBe(5);
});

test("an SVG has no markup of a name's, no control character, and each box's figures", () => {
  const hostile = '</title><script>x</script>"&\u0001';
  const svg = svgOf(flamePicture(hostile, 1000, node(hostile, 1e6), null), () => "#aabbcc");
  expect(svg).not.toContain("<script");
  expect(svg).not.toContain("\u0001");
  expect(svg).toContain("&lt;/title&gt;&lt;script&gt;x&lt;/script&gt;&quot;&amp;\ufffd (lib): 1.00 ms, 100 %");
  expect(svg.match(/<rect /g)).toHaveLength(2);
});

test("a name is cut to its box, or left out", () => {
  expect(fitted("gst_pad_push", 200)).toBe("gst_pad_push");
  expect(fitted("gst_pad_push", 60)).toBe("gst_pa…");
  expect(fitted("gst_pad_push", 20)).toBe("");
});
