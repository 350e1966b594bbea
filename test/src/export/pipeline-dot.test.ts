// Does Graphviz read each pipeline, with every element, bin and link, and are names only text there?
import { instance } from "@viz-js/viz";
import { beforeAll, describe, expect, test } from "vitest";
import { pipelineGraphs } from "../../../src/analysis/pipeline-graph.js";
import { summarize } from "../../../src/analysis/summary.js";
import { pipelineDot } from "../../../src/export/pipeline-dot.js";
import { bytesOf, hostileNames, sourceOf, writeExportCapture } from "../../helpers/export-capture.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

interface Drawing {
  objects: { name: string; label?: string; nodes?: number[] }[];
  edges: { tail: number; head: number; label: string }[];
}

async function drawn(dir: string): Promise<{ drawing: Drawing; elements: number; links: number; buffers: number[] }> {
  const source = await sourceOf(dir);
  const text = (await bytesOf(await pipelineDot(source))).toString();
  const viz = await instance();
  const drawing = JSON.parse(viz.renderString(text, { format: "dot_json", engine: "dot" })) as Drawing;
  const graphs = pipelineGraphs(source.capture, summarize(source.capture));
  const links = graphs.flatMap((graph) => graph.links);
  return {
    drawing,
    elements: graphs.flatMap((graph) => graph.elements).length,
    links: links.length,
    buffers: links.map((link) => link.buffers),
  };
}

const nodesOf = ({ objects }: Drawing) => objects.filter(({ name }) => !name.startsWith("cluster_"));

describe("a pipeline", () => {
  let found: Awaited<ReturnType<typeof drawn>>;
  beforeAll(async () => {
    found = await drawn(await writeSample(scratch(), sampleCapture("pipeline0", encoders)));
  });

  test("has all elements and links of the report, with the buffers that went through", () => {
    expect(nodesOf(found.drawing)).toHaveLength(found.elements);
    expect(found.drawing.edges.map(({ label }) => Number(label.replaceAll(",", "").split("\\n")[0]))).toEqual(
      found.buffers,
    );
  });

  test("has a box for the bin, and the encoder in it", () => {
    const bin = found.drawing.objects.find(({ label }) => label === "encoder");
    const inside = (bin?.nodes ?? []).map((i) => found.drawing.objects[i]?.label ?? "");
    expect(inside.length).toBeLessThan(found.elements);
    expect(inside.join(" | ")).toMatch(/(^|\| )x264enc0\\nx264enc\\nCPU 6\.11 s/);
  });
});

test("hostile names are labels, each of its element, and nothing else", async () => {
  const { drawing, elements, links } = await drawn((await writeExportCapture()).dir);
  expect(nodesOf(drawing)).toHaveLength(elements);
  expect(drawing.edges).toHaveLength(links);
  expect(elements).toBeGreaterThan(hostileNames.length);
  expect(nodesOf(drawing).every(({ name }) => /^p0n\d+$/.test(name))).toBe(true);
  const viz = await instance();
  const svg = viz.renderString(
    (await bytesOf(await pipelineDot(await sourceOf((await writeExportCapture()).dir)))).toString(),
    { format: "svg" },
  );
  expect(svg).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
  expect(svg).toContain("&lt;/script&gt;");
});
