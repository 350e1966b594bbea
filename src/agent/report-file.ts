// Where does the page of a capture lie, and to which other pages does it lead?
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { captureFiles } from "../capture/format.js";
import { replaceFile } from "../capture/own-folder.js";
import type { Recording } from "../model/recording.js";
import type { LayoutSource } from "../page/graph-layouts.js";
import { html } from "../page/html.js";

/** Never half a file, also when a browser opens it at this moment. `layouts`: of who has no time to wait for a large graph. */
export async function writeHtml(capture: Recording, file: string, layouts?: LayoutSource): Promise<void> {
  return replaceFile(file, await html(capture, linksFrom(file, capture), layouts));
}

/** From this page to those of the other processes, by their folder; one that was not written is no link. */
function linksFrom(file: string, { dir, otherProcesses }: Recording): Map<string, string> {
  const written = otherProcesses
    .map((folder) => [folder, join(dir, folder, captureFiles.report)] as const)
    .filter(([, page]) => existsSync(page));
  const url = (page: string): string => relative(dirname(file), page).split(sep).map(encodeURIComponent).join("/");
  return new Map(written.map(([folder, page]) => [folder, url(page)]));
}
