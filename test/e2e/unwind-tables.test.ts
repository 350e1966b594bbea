// What if libgstreamer's file does not say where its unwind tables are, or has none? The first costs nothing; the second is said.
// SPDX-License-Identifier: MPL-2.0

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Summary } from "../../src/model/summary.js";
import { cli, pluginEnvironment, profiled, runToEnd, scratch } from "../helpers/pipelines.js";

const PT_NULL = 0;
const PT_GNU_EH_FRAME = 0x6474e550;

interface ProgramHeader {
  at: number;
  offset: number;
}

/** The program header that says where .eh_frame_hdr lies, of a 64-bit file. */
function ehFrameHeader(file: Buffer): ProgramHeader {
  const first = Number(file.readBigUInt64LE(32));
  for (let i = 0; i < file.readUInt16LE(56); i++) {
    const at = first + i * file.readUInt16LE(54);
    if (file.readUInt32LE(at) === PT_GNU_EH_FRAME) return { at, offset: Number(file.readBigUInt64LE(at + 8)) };
  }
  throw new Error("no PT_GNU_EH_FRAME");
}

/** As a linker leaves it that was told --no-eh-frame-hdr. */
function withoutHeader(file: Buffer): void {
  file.writeUInt32LE(PT_NULL, ehFrameHeader(file).at);
}

/** As built with -fno-asynchronous-unwind-tables; that the section's bytes stay in the file is of no matter without headers. */
function withoutTables(file: Buffer): void {
  withoutHeader(file);
  file.writeBigUInt64LE(0n, 40); // no section headers
  file.writeUInt32LE(0, 60);
}

/** Ends the section before its first entry: the header's table leads to what is none. libgcc's unwinder aborts there. */
function damaged(file: Buffer): void {
  const { offset } = ehFrameHeader(file);
  expect(file[offset + 1]).toBe(0x1b); // .eh_frame relative to this field, 4 bytes
  file.writeUInt32LE(0, offset + 4 + file.readInt32LE(offset + 4));
}

let place: ReturnType<typeof scratch>;
let libraries: string;
beforeAll(() => {
  place = scratch();
  const loaded = execFileSync("gst-launch-1.0", [], {
    encoding: "utf8",
    env: { ...process.env, LD_TRACE_LOADED_OBJECTS: "1" },
  });
  const [, library = ""] = /=> (\S+libgstreamer-1\.0\.so\.0)/.exec(loaded) ?? [];
  libraries = dirname(library);
  for (const [name, change] of Object.entries({ "no-header": withoutHeader, "no-tables": withoutTables, damaged })) {
    const file = readFileSync(realpathSync(library));
    change(file);
    mkdirSync(join(place.dir, name));
    writeFileSync(join(place.dir, name, "libgstreamer-1.0.so.0"), file);
  }
});
afterAll(() => place.dispose());

/** GStreamer looks for its plugins beside its library. */
function environment(variant: string): NodeJS.ProcessEnv {
  const plain = pluginEnvironment({ GST_PLUGIN_SYSTEM_PATH: join(libraries, "gstreamer-1.0") });
  const registry = { GST_REGISTRY: join(place.dir, `${variant || "stock"}.bin`), GST_REGISTRY_FORK: "no" };
  return { ...plain, ...registry, ...(variant !== "" && { LD_LIBRARY_PATH: join(place.dir, variant) }) };
}

/** Most of the work is libgstreamer's own, and so most stacks begin in it. */
const pipeline = "fakesrc num-buffers=2000000 ! identity ! queue ! identity ! fakesink";

interface Shares {
  summary: Summary;
  stderr: string;
  failed: number;
  unlabelled: number;
}

async function measured(variant: string, timing: string): Promise<Shares> {
  const flags = ["--sample-rate", "250", "--timing", timing];
  const capture = join(place.dir, `capture-${variant || "stock"}-${timing}`);
  const { run, summary } = await profiled(pipeline, capture, flags, environment(variant));
  const { cpu } = summary.profile;
  if (cpu === null) throw new Error("no CPU profile");
  expect(cpu.samples).toBeGreaterThan(200);
  return {
    summary,
    stderr: run.stderr,
    failed: (summary.losses.unwind_failed ?? 0) / cpu.samples,
    unlabelled: (cpu.byElement["(none)"] ?? 0) / cpu.totalNs,
  };
}

const known = new Map<string, Promise<Shares>>();
/** The stock library is measured once for all. */
function sharesOf(variant: string, timing: string): Promise<Shares> {
  const key = `${variant} ${timing}`;
  const shares = known.get(key) ?? measured(variant, timing);
  if (variant === "") known.set(key, shares);
  return shares;
}

describe("libgstreamer without .eh_frame_hdr", () => {
  it("is walked by what its section headers say, as the stock library is", async () => {
    const [stock, stripped] = [await sharesOf("", "off"), await sharesOf("no-header", "off")];
    expect(stripped.failed).toBeLessThan(stock.failed + 0.02);
    expect(stripped.unlabelled).toBeLessThan(stock.unlabelled + 0.02);
    expect(stripped.summary.losses).toMatchObject({ table_broken: 0, slots_unlearned: 0 });
    expect(stripped.stderr).not.toContain("stacks end in");
  });
});

describe("libgstreamer without unwind tables", () => {
  it.each([
    ["no-tables", "wrap", "from the wrapped functions", 0],
    ["no-tables", "off", "with timing=wrap exactly", 0],
    ["damaged", "wrap", "from the wrapped functions", 1],
  ])("(%s) with timing=%s that is said once and counted, and its own samples have an element", async (...row) => {
    const [variant, timing, advice, unlearned] = row;
    const [stock, blind] = [await sharesOf("", timing), await sharesOf(variant, timing)];
    const said = blind.stderr.split("\n").filter((line) => line.includes("stacks end in"));
    expect(said).toEqual([expect.stringContaining(join(place.dir, variant, "libgstreamer-1.0.so.0"))]);
    expect(said[0]).toContain(advice);
    expect(blind.summary.losses).toMatchObject({ table_broken: 1, slots_unlearned: unlearned });
    expect(blind.failed).toBeGreaterThan(0.9);
    expect(blind.unlabelled).toBeLessThan(stock.unlabelled + 0.02);
  });

  it("is a finding of doctor", async () => {
    const stock = await runToEnd(process.execPath, [cli, "doctor"], environment(""));
    const blind = await runToEnd(process.execPath, [cli, "doctor"], environment("damaged"));
    expect(stock.stdout).not.toMatch(/ stacks /);
    expect(blind.stdout).toMatch(
      /note {2}stacks +end in \S+damaged\/libgstreamer-1\.0\.so\.0, which has no \.eh_frame/,
    );
  });
});
