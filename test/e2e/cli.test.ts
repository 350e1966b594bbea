// Does a Node that is too old say so, once, with what to do, however it was started?
// SPDX-License-Identifier: MPL-2.0

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Script } from "node:vm";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../../src/commands/exit-codes.js";
import { cli, pluginEnvironment, until, words } from "../helpers/pipelines.js";
import { scratch } from "../helpers/scratch.js";
import { textOf } from "../helpers/tree.js";

const oldest = JSON.parse(textOf("package.json")).engines.node.replace(">=", "");

/** A program that is this Node, and takes itself for another. */
function nodeOf(version: string): string {
  const folder = scratch("node");
  mkdirSync(folder);
  const says = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;
  writeFileSync(join(folder, "version.cjs"), says);
  const program = join(folder, "node");
  writeFileSync(
    program,
    `#!/bin/sh\necho run >> "$0.runs"\nexec "${process.execPath}" -r "${folder}/version.cjs" "$@"\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

function said(version: string, args: string[]) {
  const { status, stdout, stderr } = spawnSync(nodeOf(version), [cli, ...args], { encoding: "utf8" });
  return { status, stdout, lines: stderr.trimEnd().split("\n") };
}

describe("the first file", () => {
  test("is read by Node 10: a script without imports or exports, in which nothing has to be written in older words", async () => {
    const code = readFileSync(cli, "utf8");
    expect(() => new Script(code.replace(/^#!.*/, ""))).not.toThrow();
    const as = (target: string) =>
      transform(code, { target, format: "esm", supported: { "dynamic-import": true }, legalComments: "none" });
    expect((await as("node10")).code).toBe((await as("esnext")).code);
  });

  test.each(["10.24.0", "12.22.9", "18.20.4", "20.8.1"])(
    "on Node %s says what is needed, and how to get it",
    (version) => {
      const sentence = new RegExp(
        `^gst-pyroscope: Node ${oldest} or newer is needed, and this is ${version} \\(.*: get it from`,
      );
      expect(said(version, ["report"])).toEqual({
        status: exitCodes.oldNode.code,
        stdout: "",
        lines: [expect.stringMatching(sentence)],
      });
      expect(said(version, ["run", "--", "true"]).status).toBe(exitCodes.ownFailure.code);
    },
  );

  test.each([`${oldest}.0`, "21.0.0", "100.1.0"])("on Node %s goes on", (version) => {
    expect(said(version, ["--version"])).toMatchObject({ status: 0, lines: [""] });
  });
});

describe("a tracer whose agent is run by an old Node", () => {
  test("says once that it is too old, starts no other one, and the pipeline goes on", async () => {
    const node = nodeOf("12.22.9");
    const environment = pluginEnvironment({ GST_TRACERS: "pyroscope", GST_PYROSCOPE_NODE: node });
    const child = spawn("gst-launch-1.0", words("-q videotestsrc is-live=true ! fakesink"), { env: environment });
    let said = "";
    child.stderr.on("data", (part) => {
      said += part;
    });
    await until("the warning", () => said.includes("WARN ") || undefined);
    await setTimeout(2500); // the tracer looks once a second, and may say more
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    await once(child, "close");
    const warnings = said.split("\n").filter((line) => /WARN /.test(line));
    expect(warnings).toEqual([expect.stringContaining("the agent is not run by Node 12")]);
    expect(warnings[0]).toContain(`Node ${oldest} or newer is needed: get it from`);
    expect(readFileSync(`${node}.runs`, "utf8")).toBe("run\n");
  });

  test("a descriptor that is no segment is left as it is", () => {
    const file = scratch("some-file");
    writeFileSync(file, "x".repeat(4096));
    const program = nodeOf("12.22.9");
    const { status } = spawnSync("sh", ["-c", `"${program}" "${cli}" agent --fd 3 3<>"${file}"`]);
    expect(status).toBe(exitCodes.oldNode.code);
    expect(readFileSync(file, "utf8")).toBe("x".repeat(4096));
  });
});
