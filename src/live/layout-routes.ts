// Where does each element of a running pipeline's graph stand? Laid out once for each shape, when somebody looks at the graph.
// SPDX-License-Identifier: MPL-2.0

import { Hono } from "hono";
import { summarize } from "../analysis/summary.js";
import { Layouts } from "../graph/layout.js";
import { pageGraph, shapeOf } from "../page/page-graph.js";
import { askedRange } from "./asked-range.js";
import type { LiveTargets } from "./live-target.js";

/** `key`: that of a pipeline on the page of the same target and range. */
export function layoutRoutes(targets: LiveTargets, layouts: Pick<Layouts, "of"> = new Layouts()): Hono {
  const app = new Hono();
  app.get("/api/targets/:id/layout", async (c) => {
    const target = targets().find(({ id }) => String(id) === c.req.param("id"));
    if (target === undefined) return c.json({ error: "there is no such target" }, 404);
    const { from, to, last, key } = c.req.query();
    const asked = askedRange({ from, to, last }, target.newest());
    if ("problem" in asked) return c.json({ error: asked.problem }, 400);
    const recording = target.recording(asked.range, "sums");
    const { pipelines } = pageGraph(recording, summarize(recording), new Map());
    const pipeline = pipelines.find((one) => one.key === key);
    if (pipeline === undefined) return c.json({ error: "the pipeline has another shape by now" }, 404);
    return c.json(await layouts.of(shapeOf(pipeline)));
  });
  return app;
}
