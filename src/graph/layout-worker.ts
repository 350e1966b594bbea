// Where does each element stand? Graphviz, in a thread of its own: it may take long, or fail, and nobody waits for it.
// SPDX-License-Identifier: MPL-2.0

import { parentPort } from "node:worker_threads";
import { instance, type Viz } from "@viz-js/viz";
import { dot } from "./dot.js";
import { positions } from "./positions.js";
import type { GraphLayout, GraphShape } from "./shape.js";

/** Width to height of what a page has room for. */
const ROOM = 1.2;

export type Answer = { layout: GraphLayout } | { problem: string };

const viz = instance();

parentPort?.on("message", async (shape: GraphShape) => parentPort?.postMessage(await answer(shape)));

async function answer(shape: GraphShape): Promise<Answer> {
  try {
    const graphviz = await viz;
    const down = laidOut(graphviz, shape, "down");
    const right = laidOut(graphviz, shape, "right");
    return { layout: scale(down) >= scale(right) ? down : right };
  } catch (error) {
    return { problem: `Graphviz failed (${(error as Error).message})` };
  }
}

const laidOut = (viz: Viz, shape: GraphShape, flow: GraphLayout["flow"]): GraphLayout =>
  positions(shape, flow, viz.renderString(dot(shape, flow), { format: "json0", engine: "dot" }));

/** How large it can be drawn. */
const scale = ({ width, height }: GraphLayout): number => 1 / Math.max(width, height * ROOM);
