// How is a page shown in the person's browser? By the desktop's own opener, which may not be there, or have nothing to open it with.
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import type { Environment } from "../config/configuration.js";

/** A program that opens pages and has not failed by then has done it. */
const OPENED_MS = 3000;

/** `page`: a file or an address. Why it was not opened; undefined: it was, as far as can be known. */
export function openPage(page: string, environment: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn("xdg-open", [page], { detached: true, stdio: "ignore", env: environment });
    const timer = setTimeout(() => resolve(undefined), OPENED_MS);
    const settle = (problem: string | undefined) => {
      clearTimeout(timer);
      resolve(problem === undefined ? undefined : `xdg-open ${problem}`);
    };
    child.once("error", (error: NodeJS.ErrnoException) =>
      settle(error.code === "ENOENT" ? "is not installed" : `cannot be started (${error.code})`),
    );
    child.once("exit", (code) => settle(code === 0 ? undefined : "found nothing that shows pages"));
    child.unref();
  });
}
