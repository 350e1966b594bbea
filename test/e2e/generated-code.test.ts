// Is code that is made at run time called by the function that it was made for?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stacks } from "../../src/capture/stacks.js";
import { cli, pluginEnvironment, root, runToEnd, scratch } from "../helpers/pipelines.js";

const place = scratch();
const host = join(place.dir, "orc-host");

beforeAll(() => {
  const source = `${root}test/fixtures/names/orc-host.c`;
  const flags = "-O2 -Wall -Wextra -Werror $(pkg-config --cflags --libs gstreamer-1.0 orc-0.4)";
  execFileSync("sh", ["-ec", `cc ${source} -o ${host} ${flags}`]);
});
afterAll(() => place.dispose());

describe("ORC's code", () => {
  it("has the names of its wrappers, each its own, in the shares that they have", async () => {
    const capture = join(place.dir, "c");
    const args = [cli, "run", "--capture", capture, "--sample-rate", "250", "--wall-rate", "0", "--", host, "2000"];
    const run = await runToEnd(process.execPath, args, pluginEnvironment(), 120_000);
    expect(run.code).toBe(0);
    const stacks = new Stacks();
    for (const file of readdirSync(join(capture, "profiles")))
      stacks.add(readFileSync(join(capture, "profiles", file)));
    const ns: Record<string, number> = {};
    for (const sample of stacks.samples) {
      const leaf = stacks.frames[sample.stack.at(-1) ?? -1]?.name ?? "";
      const caller = stacks.frames[sample.stack.at(-2) ?? -1]?.name ?? "";
      if (!leaf.startsWith("[orc")) continue;
      ns[leaf] = (ns[leaf] ?? 0) + sample.ns;
      if (leaf.startsWith("[orc] ")) expect(leaf).toBe(`[orc] ${caller}`);
    }
    const add = ns["[orc] video_orc_add_lines"] ?? 0;
    const subtract = ns["[orc] video_orc_subtract_lines"] ?? 0;
    const all = Object.values(ns).reduce((sum, one) => sum + one, 0);
    console.log(`${(all / 1e9).toFixed(2)} s in generated code, named ${((add + subtract) / all).toFixed(4)}`);
    expect(all).toBeGreaterThan(0.5e9);
    expect((add + subtract) / all).toBeGreaterThanOrEqual(0.99);
    expect(add / subtract).toBeGreaterThan(1.5);
    expect(add / subtract).toBeLessThan(2.7);
  });
});
