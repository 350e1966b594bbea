// Is what npm installs enough? Two archives, offline, in a folder with blanks and umlauts that nobody may write to, and a report at the end.
// SPDX-License-Identifier: MPL-2.0

import { execFile, execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Summary } from "../../src/model/summary.js";
import { FakeCollector } from "../helpers/fake-collector.js";
import { installed, nowhere, npmEnvironment, packed, platform } from "../helpers/packages.js";
import { until, words } from "../helpers/pipelines.js";

const pipeline = words("videotestsrc num-buffers=60 ! jpegenc name=jpeg ! fakesink");
const { version, engines } = JSON.parse(readFileSync("package.json", "utf8"));

let place = "";
let archives: string[] = [];
let project = "";
let home = "";
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "gst-pyroscope-npm-"));
  project = join(place, "ein Träger, für 2");
  home = join(place, "home");
  mkdirSync(home);
  archives = await packed(place);
  installed(project, archives, home);
  execFileSync("chmod", ["-R", "a-w", join(project, "node_modules")]);
});
afterAll(() => {
  execFileSync("chmod", ["-R", "u+w", place]);
  rmSync(place, { recursive: true });
});

/** Nobody else's, also when a test is tried again. */
const fresh = (name: string) => join(place, `${name} ${++made}`);
let made = 0;

const environment = (more: NodeJS.ProcessEnv = {}) => ({ ...npmEnvironment(home), ...more });

function said(program: string, args: string[], { cwd = place, env = environment() } = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** What a capture says of the encoder, by the command of the package itself. */
function encoded(modules: string, capture: string): number | undefined {
  const { stdout } = said(process.execPath, [join(modules, "gst-pyroscope/dist/cli.js"), "report", "--json", capture]);
  const { pipelines } = JSON.parse(stdout) as Summary;
  return pipelines[0]?.elements.find(({ name }) => name === "jpeg")?.buffersOut;
}

describe("the packages", () => {
  test("are all that npm installs, and smaller than 8 MB", () => {
    const modules = join(project, "node_modules");
    const found = [...readdirSync(modules), ...readdirSync(join(modules, "@gst-pyroscope"))];
    expect(found.filter((name) => !name.startsWith(".")).sort()).toEqual(["@gst-pyroscope", "gst-pyroscope", platform]);
    const bytes = Number(execFileSync("du", ["-sb", modules], { encoding: "utf8" }).split("\t")[0]);
    expect(bytes).toBeLessThan(8_000_000);
  });

  test("run no script, depend on nothing, and say the release and the Node that they need", () => {
    const manifest = JSON.parse(readFileSync(join(project, "node_modules/gst-pyroscope/package.json"), "utf8"));
    expect(manifest).toMatchObject({ version, engines, bin: { "gst-pyroscope": "dist/cli.js" } });
    expect(Object.keys(manifest)).not.toContain("scripts");
    expect(Object.keys(manifest)).not.toContain("dependencies");
    expect(manifest.optionalDependencies).toEqual({
      "@gst-pyroscope/linux-x64-gnu": version,
      "@gst-pyroscope/linux-arm64-gnu": version,
    });
  });

  test("carry the licence of everything that is bundled", () => {
    const text = readFileSync(join(project, "node_modules/gst-pyroscope/THIRD-PARTY.txt"), "utf8");
    for (const name of [
      "commander",
      "@grpc/grpc-js",
      "@opentelemetry/exporter-metrics-otlp-grpc",
      "protobufjs",
      "d3-flame-graph",
    ])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
    expect(readFileSync(join(project, "node_modules/@gst-pyroscope", platform, "THIRD-PARTY.txt"), "utf8")).toMatch(
      /GCC Runtime Library Exception[\s\S]*^node-addon-api \d/m,
    );
  });

  test("name no place of the machine that made them", () => {
    const modules = join(project, "node_modules");
    expect(said("grep", ["-rlF", process.cwd(), join(modules, "gst-pyroscope")]).stdout).toBe("");
    expect(said("grep", ["-rl", "\\.\\./[^ ]*node_modules/", join(modules, "gst-pyroscope/dist")]).stdout).toBe("");
  });
});

describe("a pipeline is profiled", () => {
  test("by npx gst-pyroscope run", () => {
    const capture = fresh("by npx");
    const command = ["gst-pyroscope", "run", "--capture", capture, "--", "gst-launch-1.0", "-q", ...pipeline];
    const { status, stderr } = said("npx", command, { cwd: project });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("BUFFERS") });
    expect(encoded(join(project, "node_modules"), capture)).toBe(60);
    expect(existsSync(join(capture, "report.html"))).toBe(true);
    const page = join(place, "page.html");
    const written = said("npx", ["gst-pyroscope", "report", capture, "--html", page], { cwd: project });
    expect(written).toEqual({ status: 0, stdout: "", stderr: "" });
    // Its graph: Graphviz is in the package, too.
    const [, data = ""] = /id="data">(.*?)<\/script>/s.exec(readFileSync(page, "utf8")) ?? [];
    expect(JSON.parse(data).graph).toMatchObject({ problem: "", pipelines: [{ layout: { nodes: { length: 3 } } }] });
  });

  // npm install -g puts one package into the other's folder, npx and npm beside each other; a copy may be called anything.
  test.each([
    ["by the environment alone", (): string => join(project, "node_modules")],
    ["from a global installation", (): string => globally()],
    ["from a copy", (): string => copied()],
    ["from a store of packages that are linked together", (): string => linked()],
  ])("%s", async (how, make) => {
    const modules = make();
    const capture = fresh(how);
    const exports = said(process.execPath, [join(modules, "gst-pyroscope/dist/cli.js"), "env", "--capture", capture]);
    expect(exports).toMatchObject({ status: 0, stderr: "" });
    const env = environment(nowhere);
    const script = `${exports.stdout}\nexec gst-launch-1.0 -q ${pipeline.join(" ")}`;
    expect(said("sh", ["-c", script], { env })).toEqual({ status: 0, stdout: "", stderr: "" });
    await until("the capture is whole", () => existsSync(join(capture, "report.html")));
    expect(encoded(modules, capture)).toBe(60);
  });

  test("by npx without an installation, from the archives alone", () => {
    const capture = fresh("by npx alone");
    const packages = archives.flatMap((archive) => ["--package", archive]);
    const command = ["gst-pyroscope", "run", "--capture", capture, "--", "gst-launch-1.0", "-q", ...pipeline];
    expect(said("npx", ["--yes", ...packages, "--", ...command])).toMatchObject({ status: 0 });
    expect(encoded(join(project, "node_modules"), capture)).toBe(60);
  });
});

test.each([
  ["sdk", /OTel-OTLP-Exporter-JavaScript/],
  ["own", /^gst-pyroscope\/\S+( \(\d+\))? grpc-node/],
])("metrics reach a collector over gRPC by the sender %s", async (sender, agent) => {
  const collector = await FakeCollector.start();
  try {
    const env = environment({ GST_PYROSCOPE_METRICS_SENDER: sender });
    const cli = join(project, "node_modules/gst-pyroscope/dist/cli.js");
    const command = ["run", "--otlp-endpoint", collector.url, "--", "gst-launch-1.0", "-q", ...pipeline];
    await promisify(execFile)(process.execPath, [cli, ...command], { env, cwd: place });
    expect(collector.point("gstreamer.pad.buffers", { element: "jpeg" }).value).toBe(60);
    expect([...collector.userAgents].join()).toMatch(agent);
    expect(collector.violations).toEqual([]);
  } finally {
    await collector.stop();
  }
});

test("packages of two releases are both named, and nothing is started", () => {
  const modules = copied();
  const file = join(modules, "@gst-pyroscope", platform, "package.json");
  chmodSync(file, 0o644);
  writeFileSync(file, readFileSync(file, "utf8").replace(`"${version}"`, '"9.9.9"'));
  const { status, stderr } = said(process.execPath, [join(modules, "gst-pyroscope/dist/cli.js"), "run", "--", "true"]);
  expect(status).toBe(125);
  expect(stderr).toMatch(
    new RegExp(`of another release than the agent: gst-pyroscope ${version} .* 9\\.9\\.9 in .*install`),
  );
});

test("without the platform's package it is said which, and how to get it", () => {
  const modules = copied();
  rmSync(join(modules, "@gst-pyroscope"), { recursive: true });
  const { status, stderr } = said(process.execPath, [join(modules, "gst-pyroscope/dist/cli.js"), "run", "--", "true"]);
  expect(status).toBe(125);
  expect(stderr).toContain(`npm install @gst-pyroscope/${platform}@${version}`);
});

test("the agent's own profile needs a package that is named when it is asked for", () => {
  const args = ["run", "--self-profile", "--server-url", "http://127.0.0.1:9", "--", "gst-launch-1.0", "-q"];
  const { stderr } = said("npx", ["gst-pyroscope", ...args, ...pipeline], { cwd: project });
  expect(stderr).toContain("npm install @pyroscope/nodejs");
});

function globally(): string {
  const prefix = fresh("prefix");
  execFileSync("npm", ["install", "-g", "--prefix", prefix, ...archives], { env: environment(), stdio: "pipe" });
  return join(prefix, "lib/node_modules");
}

/** As pnpm has it: each package in a folder of its own, and what it may use beside it, by links. */
function linked(): string {
  const modules = copied();
  const native = `@gst-pyroscope/${platform}`;
  const own = join(fresh("store"), "node_modules");
  const its = join(fresh("store"), "node_modules");
  for (const folder of [own, join(its, "@gst-pyroscope")]) mkdirSync(folder, { recursive: true });
  renameSync(join(modules, "gst-pyroscope"), join(own, "gst-pyroscope"));
  renameSync(join(modules, native), join(its, native));
  mkdirSync(join(own, "@gst-pyroscope"));
  symlinkSync(join(its, native), join(own, native));
  return own;
}

function copied(): string {
  const to = fresh("copy");
  cpSync(join(project, "node_modules"), to, { recursive: true });
  execFileSync("chmod", ["-R", "u+w", to]);
  return to;
}
