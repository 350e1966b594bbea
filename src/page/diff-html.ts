// How does a comparison become one HTML file that opens from disk and loads nothing?
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { diffPageFile } from "../installation.js";
import { type DiffLimits, type DiffPageRequest, diffPageData } from "./diff-data.js";
import { embed } from "./html.js";

/** Where the built page wants the data. */
const SLOT = "{{DATA}}";
const LIMITS: DiffLimits = { nodes: 6000, rows: 1000 };
const MAX_BYTES = 1_400_000;

export function diffHtml(request: DiffPageRequest): string {
  const [head = "", tail = ""] = template().split(SLOT);
  for (let limits = LIMITS; ; limits = { nodes: limits.nodes / 2, rows: limits.rows / 2 }) {
    const page = `${head}${embed(diffPageData(request, limits))}${tail}`;
    if (Buffer.byteLength(page) <= MAX_BYTES || limits.nodes < 2) return page;
  }
}

function template(): string {
  try {
    return readFileSync(diffPageFile, "utf8");
  } catch (error) {
    throw new Error("the page of comparisons is not built: npm run build", { cause: error });
  }
}
