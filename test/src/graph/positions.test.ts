// Does every element stand in its bin, none on another, and does each link begin and end at its pads?
import { instance, type Viz } from "@viz-js/viz";
import { beforeAll, describe, expect, test } from "vitest";
import { dot } from "../../../src/graph/dot.js";
import { positions } from "../../../src/graph/positions.js";
import type { Box, GraphLayout, GraphShape, Point } from "../../../src/graph/shape.js";
import { randomShape } from "../../helpers/graph-shapes.js";
import { random } from "../../helpers/sample-capture.js";

let viz: Viz;
beforeAll(async () => {
  viz = await instance();
});
const layOut = (shape: GraphShape, flow: GraphLayout["flow"]): GraphLayout =>
  positions(shape, flow, viz.renderString(dot(shape, flow), { format: "json0" }));

/** Graphviz rounds to hundredths of a point. */
const NEAR = 1.5;
const inside = ([x, y, width, height]: Box, [left, top, wide, high]: Box): boolean =>
  x >= left - NEAR && y >= top - NEAR && x + width <= left + wide + NEAR && y + height <= top + high + NEAR;
const apart = (a: Box, b: Box): boolean =>
  a[0] + a[2] <= b[0] + NEAR || b[0] + b[2] <= a[0] + NEAR || a[1] + a[3] <= b[1] + NEAR || b[1] + b[3] <= a[1] + NEAR;
const distance = ([x, y]: Point, [u = 0, v = 0]: number[]): number => Math.hypot(x - u, y - v);

describe.each(["down", "right"] as const)("of graphs whose buffers flow %s", (flow) => {
  const each = (check: (layout: GraphLayout, shape: GraphShape) => void): void => {
    const next = random(5);
    for (let i = 0; i < 15; i++) {
      const shape = randomShape(next, 10);
      check(layOut(shape, flow), shape);
    }
  };

  test("all is within the drawing, and has the size that was asked for", () => {
    each((layout, shape) => {
      const whole: Box = [0, 0, layout.width, layout.height];
      for (const box of [...layout.nodes, ...layout.bins.filter(([, , width]) => width > 0)])
        expect(inside(box, whole), `${box} in ${whole}`).toBe(true);
      shape.nodes.forEach(({ width, height }, i) => {
        const [, , wide = 0, high = 0] = layout.nodes[i] ?? [];
        expect([Math.abs(wide - width) < NEAR, Math.abs(high - height) < NEAR]).toEqual([true, true]);
      });
    });
  });

  test("no element lies on another one", () => {
    each(({ nodes }) => {
      nodes.forEach((a, i) => {
        for (const b of nodes.slice(i + 1)) expect(apart(a, b), `${a} beside ${b}`).toBe(true);
      });
    });
  });

  test("an element is in its bin, and a bin in the one around it", () => {
    each((layout, { nodes, bins }) => {
      nodes.forEach(({ bin }, i) => {
        const [box, around] = [layout.nodes[i], layout.bins[bin]];
        if (box !== undefined && around !== undefined) expect(inside(box, around)).toBe(true);
      });
      bins.forEach(({ parent }, i) => {
        const [box, around] = [layout.bins[i], layout.bins[parent]];
        if (box !== undefined && around !== undefined && box[2] > 0) expect(inside(box, around)).toBe(true);
      });
    });
  });

  test("there is a place for each pad, and a link goes from one to the other", () => {
    each((layout, { nodes, links }) => {
      nodes.forEach(({ sinks, sources }, i) => {
        expect([layout.sinks[i]?.length, layout.sources[i]?.length]).toEqual([sinks, sources]);
      });
      layout.nodes.forEach((box, i) => {
        for (const [x, y] of [...(layout.sinks[i] ?? []), ...(layout.sources[i] ?? [])])
          expect(inside([x, y, 0, 0], box), `${x}, ${y} at ${box}`).toBe(true);
      });
      links.forEach(({ from, source, to, sink }, i) => {
        const points = layout.links[i] ?? [];
        expect([points.length % 6, points.length >= 8]).toEqual([2, true]);
        expect(distance(layout.sources[from]?.[source] ?? [0, 0], points.slice(0, 2))).toBe(0);
        expect(distance(layout.sinks[to]?.[sink] ?? [0, 0], points.slice(-2))).toBe(0);
      });
    });
  });
});
