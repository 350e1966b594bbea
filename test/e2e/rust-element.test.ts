// Are the functions of elements in Rust called after their classes and pads, and does each such name agree with the plugin's own symbols?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSegments } from "../../src/attach/segments.js";
import type { DirectoryEntry } from "../../src/model/batch.js";
import { loadNative } from "../../src/native.js";
import { ended, pluginEnvironment, root, scratch, until } from "../helpers/pipelines.js";

/** It needs crates, and minutes the first time: PYRO_RUST=1 asks for it. */
const isWanted = process.env.PYRO_RUST === "1" && spawnSync("cargo", ["--version"]).status === 0;
const place = scratch();
afterAll(() => place.dispose());

const plugin = join(place.dir, "libgsttruth.so");

/** Below build-rust, so that crates are compiled once. */
function build(): void {
  const target = `${root}build-rust`;
  const args = ["build", "--release", "--jobs", "1", "--target-dir", target];
  const { status, stderr } = spawnSync("cargo", args, { cwd: `${root}test/native/truth/rust`, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  copyFileSync(join(target, "release/libgsttruth.so"), plugin);
}

/** Symbols of functions, by address; identical functions share one. */
function symbols(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  const lines = execFileSync("nm", ["-C", "--defined-only", plugin], { encoding: "utf8", maxBuffer: 1 << 28 });
  for (const [, address = "", name = ""] of lines.matchAll(/^([0-9a-f]+) [tT] (.+)$/gm)) {
    const at = Number.parseInt(address, 16);
    found.set(at, [...(found.get(at) ?? []), name]);
  }
  return found;
}

/** All that the target says of its functions, while it runs. */
async function entries(): Promise<DirectoryEntry[]> {
  const words = "audiotestsrc is-live=true ! truthfilter ! truthrelay ! fakesink".split(" ");
  const env = pluginEnvironment({ GST_TRACERS: "pyroscope(sample-rate=0)", GST_PYROSCOPE_HOST_PID: "2147483647" });
  env.GST_PLUGIN_PATH += `:${place.dir}`;
  env.GST_REGISTRY = join(place.dir, "registry.bin");
  const child = spawn("gst-launch-1.0", ["-q", ...words], { env, stdio: "ignore" });
  const end = ended(child);
  try {
    const reader = loadNative().attach(await until("a segment", () => findSegments(child.pid ?? -1).places[0]));
    const all: DirectoryEntry[] = [];
    const isThere = () => all.push(...reader.directory()) > 0 && linesOf(all).some(({ name }) => / chain$/.test(name));
    await until("names of the plugin's functions", isThere);
    reader.close();
    return all;
  } finally {
    child.kill("SIGKILL");
    await end;
  }
}

interface Named {
  address: number;
  name: string;
}

/** What the plugin's functions are called; an empty name takes one back. */
function linesOf(all: readonly DirectoryEntry[]): Named[] {
  const module = all.find(({ kind, texts }) => kind === "module" && basename(texts[0] ?? "") === basename(plugin))?.id;
  const named = new Map<number, string>();
  for (const { kind, texts } of all) {
    if (kind !== "functions") continue;
    for (const [, id = "", address = "", name = ""] of (texts[0] ?? "").matchAll(/^(\w+) (\w+) t (.*)$/gm))
      if (Number.parseInt(id, 16) === module) named.set(Number.parseInt(address, 16), name);
  }
  return [...named].map(([address, name]) => ({ address, name })).filter(({ name }) => name !== "");
}

/** What the bindings call the function behind a callback, where that is another word. */
const inRust: Readonly<Record<string, string>> = { get_property: "property" };

function agrees(name: string, own: readonly string[]): boolean {
  const slot = name.split(/::| /).at(-1) ?? "";
  return own.some((symbol) => symbol.includes(inRust[slot] ?? slot));
}

describe.skipIf(!isWanted)("two elements in Rust", () => {
  let lines: Named[];
  let own: Map<number, string[]>;
  beforeAll(async () => {
    build();
    own = symbols();
    lines = linesOf(await entries());
  }, 1_200_000);

  it("have names for what their classes and pads call", () => {
    const names = lines.map(({ name }) => name);
    expect(names).toContain("TruthFilter::transform_ip");
    expect(names).toContain("TruthRelay sink chain");
  });

  it("have none that their symbols contradict", () => {
    const wrong = lines.filter(({ address, name }) => !agrees(name, own.get(address) ?? []));
    console.log(`${lines.length} functions named, ${wrong.length} against their symbols`);
    expect(wrong.map(({ address, name }) => [name, own.get(address)])).toEqual([]);
  });
});
