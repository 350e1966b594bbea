// How does a capture become one HTML file that opens from disk and talks to nobody?
// SPDX-License-Identifier: MPL-2.0

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { captureFiles } from "../capture/format.js";
import { replaceFile } from "../capture/own-folder.js";
import type { Capture } from "../capture/reader.js";
import type { PageData } from "./page-data.js";
import { type PageLimits, pageData } from "./page-model.js";

/** Both from src/page and from dist/page this is the built page. */
const TEMPLATE = new URL("../../dist/report-page.html", import.meta.url);
/** Where the built page wants the data. */
const SLOT = "{{DATA}}";

const LIMITS: PageLimits = { nodes: 4000, elements: 2000, heats: 200 };
const MAX_BYTES = 1_400_000;

/** The page; smaller trees and tables are tried until it is small enough to be mailed. `pages`: see linksFrom. */
export function html(capture: Capture, pages: ReadonlyMap<string, string> = new Map()): string {
  const [head = "", tail = ""] = template().split(SLOT);
  for (let limits = LIMITS; ; limits = halved(limits)) {
    const page = `${head}${embed(pageData(capture, limits, pages))}${tail}`;
    if (Buffer.byteLength(page) <= MAX_BYTES || limits.nodes < 2) return page;
  }
}

const halved = ({ nodes, elements, heats }: PageLimits): PageLimits => ({
  nodes: nodes / 2,
  elements: elements / 2,
  heats: heats / 2,
});

/** Never half a file, also when a browser opens it at this moment. */
export function writeHtml(capture: Capture, file: string): Promise<void> {
  return replaceFile(file, html(capture, linksFrom(file, capture)));
}

/** From this page to those of the other processes, by their folder; one that was not written is no link. */
function linksFrom(file: string, { dir, otherProcesses }: Capture): Map<string, string> {
  const written = otherProcesses
    .map((folder) => [folder, join(dir, folder, captureFiles.report)] as const)
    .filter(([, page]) => existsSync(page));
  const url = (page: string): string => relative(dirname(file), page).split(sep).map(encodeURIComponent).join("/");
  return new Map(written.map(([folder, page]) => [folder, url(page)]));
}

function template(): string {
  try {
    return readFileSync(TEMPLATE, "utf8");
  } catch (error) {
    throw new Error("the report's page is not built: npm run build", { cause: error });
  }
}

/** JSON that cannot end the script element it stands in, whatever the names in it are. */
export function embed(data: PageData): string {
  const escaped = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, escaped);
}
