// Which files does the project consist of? For the rules; what is built or installed does not count.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const foreign =
  /^(node_modules|build|build-[^/]*|dist|packages\/[^/]+\/(dist|node_modules)|\.git|test\/servers\/bin)$|^gst-pyroscope-\d/;

/** Paths relative to the root, with / between. */
export function filesBelow(folder = ""): string[] {
  const entries = readdirSync(root + folder, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (foreign.test(path) || entry.isSymbolicLink()) return [];
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

export function textOf(path: string): string {
  return readFileSync(root + path, "utf8");
}

export interface Line {
  path: string;
  number: number;
  text: string;
}

export function linesOf(paths: string[]): Line[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split("\n")
      .map((text, i) => ({ path, number: i + 1, text })),
  );
}

/** `path:line: text`, as a failing rule should say it. */
export function shownLine({ path, number, text }: Line): string {
  return `${path}:${number}: ${text.trim()}`;
}
