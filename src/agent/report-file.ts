// Where does the page of a capture lie, and to which other pages does it lead?
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { captureFiles } from "../capture/format.js";
import { replaceFile } from "../capture/own-folder.js";
import type { Recording } from "../model/recording.js";
import { html } from "../page/html.js";

/** Never half a file, also when a browser opens it at this moment. */
export function writeHtml(capture: Recording, file: string): Promise<void> {
  return replaceFile(file, html(capture, linksFrom(file, capture)));
}

/** From this page to those of the other processes, by their folder; one that was not written is no link. */
function linksFrom(file: string, { dir, otherProcesses }: Recording): Map<string, string> {
  const written = otherProcesses
    .map((folder) => [folder, join(dir, folder, captureFiles.report)] as const)
    .filter(([, page]) => existsSync(page));
  const url = (page: string): string => relative(dirname(file), page).split(sep).map(encodeURIComponent).join("/");
  return new Map(written.map(([folder, page]) => [folder, url(page)]));
}
