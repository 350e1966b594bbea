// What does Go's pprof say of profiles: how long each function took, who called it and what it called?
import { execFileSync } from "node:child_process";
import { scratch } from "./scratch.js";

export interface GoTime {
  ns: number;
  totalNs: number;
}

export interface GoPeek {
  callers: Map<string, number>;
  callees: Map<string, number>;
}

/** Newer Go builds the tool at its first use: give the first call minutes. */
export function goPprof(files: readonly string[], ...args: string[]): string {
  const dir = scratch();
  const env = { ...process.env, PPROF_TMPDIR: dir, PPROF_BINARY_PATH: dir };
  const all = ["-symbolize=none", "-unit=nanoseconds", "-nodecount=0", "-nodefraction=0", "-edgefraction=0", ...args];
  return execFileSync("go", ["tool", "pprof", ...all, ...files], {
    encoding: "utf8",
    env,
    stdio: "pipe",
    maxBuffer: 2 ** 26,
  });
}

const nanoseconds = (text = ""): number => (text === "0" ? 0 : Number(/^([\d.]+)ns$/.exec(text)?.[1] ?? Number.NaN));
const nameIn = (text = ""): string => text.replace(/ \((partial-)?inline\)$/, "").trim();

/** By name: pprof does not ask for the module. */
export function goTop(files: readonly string[], ...args: string[]): Map<string, GoTime> {
  const rows = new Map<string, GoTime>();
  for (const line of goPprof(files, "-top", ...args).split("\n")) {
    const [, flat, cum, name] = /^ *(\S+) +\S+% +\S+% +(\S+) +\S+% {2}(.*)$/.exec(line) ?? [];
    if (name !== undefined) rows.set(nameIn(name), { ns: nanoseconds(flat), totalNs: nanoseconds(cum) });
  }
  return rows;
}

/** Callers stand above the function, callees below it. */
export function goPeek(files: readonly string[], name: string, ...args: string[]): GoPeek {
  const peek: GoPeek = { callers: new Map(), callees: new Map() };
  const pattern = `^${name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
  let side: keyof GoPeek = "callers";
  for (const line of goPprof(files, `-peek=${pattern}`, ...args).split("\n")) {
    const [, ns, called] = /^ +(\S+) +\S+% \| {3}(.*)$/.exec(line) ?? [];
    if (called !== undefined) peek[side].set(nameIn(called), nanoseconds(ns));
    else if (/^ *\S+ +\S+% +\S+% +\S+ +\S+% +\|/.test(line)) side = "callees";
  }
  return peek;
}
