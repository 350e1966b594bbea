// Do programs in other languages, with runtimes and signals of their own, live under 250 Hz?
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { pluginEnvironment, root, runToEnd, scratch } from "../helpers/pipelines.js";

const place = scratch();
afterAll(() => place.dispose());

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const pipeline = "videotestsrc num-buffers=300 ! videoconvert ! jpegenc ! fakesink";
const env = () => pluginEnvironment({ GST_TRACERS: `pyroscope(server-url="",capture=${place.dir}/c,sample-rate=250)` });

describe("a host in another language", () => {
  it.skipIf(!has("go", "version"))(
    "Go: goroutines, preemption signals, panics that unwind",
    { timeout: 240_000 },
    async () => {
      const binary = `${place.dir}/go-host`;
      const build = spawnSync("go", ["build", "-o", binary, `${root}test/fixtures/hosts/main.go`], {
        env: { ...process.env, GO111MODULE: "off" },
      });
      expect(build.status, String(build.stderr)).toBe(0);
      const { code, stdout, stderr } = await runToEnd(binary, [pipeline], env(), 100_000);
      expect({ code, stdout: stdout.trim() }, stderr).toEqual({ code: 0, stdout: "true true" });
    },
  );

  it.skipIf(!has("rustc", "--version"))(
    "Rust: panics that unwind, small alternate stacks",
    { timeout: 240_000 },
    async () => {
      const binary = `${place.dir}/rust-host`;
      const build = spawnSync("rustc", ["-O", "-o", binary, `${root}test/fixtures/hosts/main.rs`]);
      expect(build.status, String(build.stderr)).toBe(0);
      const { code, stdout, stderr } = await runToEnd(binary, [pipeline], env(), 100_000);
      expect({ code, stdout: stdout.trim() }, stderr).toEqual({ code: 0, stdout: "true true" });
    },
  );
});
