// How does a capture become one HTML file that opens from disk and loads nothing?
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { Layouts } from "../graph/layout.js";
import { pageFile } from "../installation.js";
import type { Recording } from "../model/recording.js";
import type { DiffPageData } from "./diff-data.js";
import { GraphLayouts, type LayoutSource } from "./graph-layouts.js";
import type { PageData } from "./page-data.js";
import { type PageLimits, pageData } from "./page-model.js";

/** Where the built page wants the data. */
const SLOT = "{{DATA}}";

const LIMITS: PageLimits = { nodes: 4000, stacks: 40_000, elements: 2000, heats: 200 };
const MAX_BYTES = 1_400_000;

/** For a reader who waits for the page alone. */
const patient = new Layouts();

/** The page; smaller trees and tables are tried until it is small enough to be mailed. `pages`: of the other processes, by their folder. */
export async function html(
  capture: Recording,
  pages: ReadonlyMap<string, string> = new Map(),
  layouts: LayoutSource = patient,
): Promise<string> {
  const [head = "", tail = ""] = template().split(SLOT);
  const whole = pageData(capture, LIMITS, pages);
  const graphs = await GraphLayouts.of(whole.graph, layouts);
  for (let limits = LIMITS; ; limits = less(limits)) {
    const data = limits === LIMITS ? whole : pageData(capture, limits, pages);
    const page = `${head}${embed({ ...data, graph: graphs.in(data.graph) })}${tail}`;
    if (Buffer.byteLength(page) <= MAX_BYTES || limits.nodes < 2) return page;
  }
}

/** Stacks go first: the flame graph shows most of what is in them. */
const LEAST_STACKS = 2500;

const less = (limits: PageLimits): PageLimits =>
  (limits.stacks ?? 0) > LEAST_STACKS ? { ...limits, stacks: (limits.stacks ?? 0) / 4 } : halved(limits);

const halved = ({ nodes, stacks = 0, elements, heats }: PageLimits): PageLimits => ({
  nodes: nodes / 2,
  stacks: stacks / 2,
  elements: elements / 2,
  heats: heats / 2,
});

function template(): string {
  try {
    return readFileSync(pageFile, "utf8");
  } catch (error) {
    throw new Error("the report's page is not built: npm run build", { cause: error });
  }
}

/** JSON that cannot end the script element it stands in, whatever the names in it are. */
export function embed(data: PageData | DiffPageData): string {
  const escaped = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, escaped);
}
