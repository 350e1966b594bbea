// What would give the frames of these modules better names, and with which command? One row a module, the commands below.
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { loadNative } from "../agent/agent.js";
import { plural } from "../analysis/units.js";
import { attempt } from "../model/attempt.js";
import { type Column, table, wrap } from "../terminal/columns.js";

export interface ModuleState {
  path: string;
  buildId: string;
  /** Where the best names come from, see SymbolAnswer. */
  source: string;
  lines: boolean;
  problem: string;
  /** Frames of a capture (distinct addresses), those of them that its types or roles name, and those without a name; null where nothing was sampled. */
  frames: number | null;
  byType: number | null;
  byRole: number | null;
  unnamed: number | null;
}

export type Native = Pick<ReturnType<typeof loadNative>, "inspect" | "symbolize">;

const notSampled = { frames: null, byType: null, byRole: null, unnamed: null };

/** `cache`: where debuginfod's files lie. */
export async function statesOf(paths: string[], root: string, native: Native, cache: string): Promise<ModuleState[]> {
  const facts = await native.inspect(paths, root);
  const states: ModuleState[] = [];
  for (const [i, path] of paths.entries()) {
    const buildId = facts[i]?.buildId ?? "";
    const fetched = buildId === "" ? "" : join(cache, buildId, "debuginfo");
    const debugFile = existsSync(fetched) ? fetched : "";
    const query = { path, buildId, root, offsets: Float64Array.of(0), ...(debugFile !== "" && { debugFile }) };
    const { source, hasLines, problem } = await native.symbolize(query);
    states.push({ path, buildId, source, lines: hasLines, problem, ...notSampled });
  }
  return states;
}

const named = ({ source }: ModuleState): boolean => source !== "" && source !== ".dynsym";
const isGStreamer = ({ path }: ModuleState): boolean => /\/(libgst[^/]*|gstreamer-1\.0\/[^/]*)\.so/.test(path);

const sources: Record<string, string> = {
  ".symtab": "its own symbols",
  ".gnu_debugdata": "symbols packed into it",
  "build-id": "a debug file by build-id",
  debuglink: "a debug file by link",
  debuginfod: "a file from debuginfod",
  "--from": "a file of symbolize --from",
  ".dynsym": "exported names",
};

function known(state: ModuleState): string {
  if (state.source === "") return state.problem === "" ? "function starts" : "nothing";
  return (sources[state.source] ?? state.source) + (named(state) && state.lines ? ", lines" : "");
}

function missing(state: ModuleState): string {
  if (state.lines && named(state)) return "-";
  if (state.problem !== "" && state.source === "") return `its file: ${state.problem}`;
  return named(state) ? "lines" : "names, lines";
}

/** Of the levels that gstreamer/README.md describes, those that would add something; 1 is what there is anyway. */
function levels(state: ModuleState): number[] {
  if (state.lines && named(state)) return [];
  return [2, ...(state.buildId !== "" ? [3] : []), ...(isGStreamer(state) ? [4] : [])];
}

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const columns: Column<ModuleState>[] = [
  { title: "MODULE", align: "left", priority: 0, cell: ({ path }) => fileName(path) },
  { title: "KNOWN", align: "left", priority: 2, cell: known },
  { title: "MISSING", align: "left", priority: 1, cell: missing },
  { title: "LEVEL", align: "left", priority: 0, cell: (state) => levels(state).join(" or ") || "-" },
];
/** What the rest of a module's frames have. */
const symbols = ({ frames, byType, byRole, unnamed }: ModuleState): number | null =>
  frames === null ? null : Math.max(0, frames - (byType ?? 0) - (byRole ?? 0) - (unnamed ?? 0));
const number = (title: string, priority: number, of: (state: ModuleState) => number | null): Column<ModuleState> => ({
  ...{ title, priority, align: "right" },
  cell: (state) => String(of(state) ?? "-"),
});
const sampled = [
  number("FRAMES", 7, ({ frames }) => frames),
  number("SYMBOLS", 4, symbols),
  number("TYPES", 5, ({ byType }) => byType),
  number("ROLES", 6, ({ byRole }) => byRole),
  number("UNNAMED", 3, ({ unnamed }) => unnamed),
];

/** Those that lack most come first. */
export function namesText(states: readonly ModuleState[], width: number): string[] {
  const order = [...states].sort(
    (a, b) => (b.unnamed ?? 0) - (a.unnamed ?? 0) || levels(b).length - levels(a).length || (a.path < b.path ? -1 : 1),
  );
  const [module, ...others] = columns as [Column<ModuleState>, ...Column<ModuleState>[]];
  const shown = states.some(({ frames }) => frames !== null) ? [module, ...sampled, ...others] : columns;
  return [...table(shown, order, width), "", ...commands(states, width)];
}

function commands(states: readonly ModuleState[], width: number): string[] {
  const open = states.filter((state) => levels(state).length > 0);
  const complete = `${states.length - open.length} of ${plural(states.length, "module")} have names and lines.`;
  if (open.length === 0) return [complete];
  const of = (level: number): ModuleState[] => open.filter((state) => levels(state).includes(level));
  const lines = [complete, "", "Level 2, debug files of the distribution:", ...packages(of(2))];
  if (of(3).length > 0) {
    lines.push(
      "",
      `Level 3, a debuginfod server, for ${plural(of(3).length, "module")}; the agent fetches by build-id:`,
    );
    lines.push(
      "  gst-pyroscope run --debuginfod -- COMMAND   # of a capture: gst-pyroscope symbolize DIR --debuginfod",
    );
  }
  if (of(4).length > 0) {
    lines.push("", `Level 4, GStreamer built with names, for ${plural(of(4).length, "module")}:`);
    lines.push("  gstreamer/rebuild.sh --prefix ~/gst-names && . ~/gst-names/env.sh");
  }
  return lines.flatMap((line) => (line.startsWith("  ") || line === "" ? [line] : wrap(line, width)));
}

/** One command for all of them, by the package manager that knows the files. */
function packages(states: readonly ModuleState[]): string[] {
  const paths = states.map(({ path }) => attempt(() => realpathSync(path), path));
  const deb = ask("dpkg-query", ["-S", ...paths.flatMap((path) => [path, path.replace(/^\/usr/, "")])]);
  const names = [...deb.matchAll(/^([^:,\s]+)(?::\S+)?: \//gm)].map(([, name = ""]) => name);
  if (names.length > 0) {
    const debug = [...new Set(names)].map((name) => (name === "libc6" ? "libc6-dbg" : `${name}-dbgsym`));
    return [
      `  apt-get install ${debug.sort().join(" ")}`,
      "  # dbgsym packages are in an archive of their own: debian-debug",
    ];
  }
  const rpm = ask("rpm", ["-qf", "--qf", "%{NAME}\n", ...paths]);
  const found = [...new Set(rpm.split("\n").filter((name) => /^[\w.+-]+$/.test(name)))];
  if (found.length > 0) return [`  dnf debuginfo-install ${found.sort().join(" ")}`];
  return ["  (no package manager here knows these files; see gstreamer/README.md, “Names: four levels”)"];
}

const ask = (program: string, args: string[]): string => spawnSync(program, args, { encoding: "utf8" }).stdout ?? "";
