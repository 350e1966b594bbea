// Are the native files found where a checkout, npm and a copy have them, and is what does not fit named?
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentPlaces, nativeParts, root, version } from "../../src/installation.js";
import { loadNative } from "../../src/native.js";
import { scratch } from "../helpers/scratch.js";
import { textOf } from "../helpers/tree.js";

const platform = "@gst-pyroscope/linux-x64-gnu";

function packageIn(folder: string, name: string, its = "1.2.3"): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: its }));
  return realpathSync(folder);
}

const ours = (folder: string) => packageIn(folder, "gst-pyroscope");

describe("the installation", () => {
  it("knows its own release", () => {
    expect(version).toBe(JSON.parse(textOf("package.json")).version);
  });

  it("is this tree, with its own build", () => {
    expect(nativeParts().pluginFolder).toBe(join(root, "build/plugin"));
  });

  it("takes a build in its own folder before anything else", () => {
    const modules = scratch("node_modules");
    const folder = ours(join(modules, "gst-pyroscope"));
    packageIn(join(modules, platform), platform);
    mkdirSync(join(folder, "build/plugin"), { recursive: true });
    expect(nativeParts(folder, "linux-x64")).toEqual({
      pluginFolder: join(folder, "build/plugin"),
      addonFolder: join(folder, "build/Release"),
    });
  });

  it.each([
    ["beside, as npm puts them", "node_modules/gst-pyroscope", `node_modules/${platform}`],
    ["inside, as npm install -g puts them", "lib/gst-pyroscope", `lib/gst-pyroscope/node_modules/${platform}`],
    ["above, as a workspace has them", "node_modules/a/node_modules/gst-pyroscope", `node_modules/${platform}`],
    ["beside, in a copy under another name", "opt/profiler/gst-pyroscope", `opt/profiler/${platform}`],
  ])("finds the package for this platform %s", (_, its, native) => {
    const place = scratch("an träger, 1");
    const folder = ours(join(place, its));
    const found = packageIn(join(place, native), platform);
    expect(nativeParts(folder, "linux-x64")).toEqual({ pluginFolder: found, addonFolder: found });
  });

  it("names both releases where they differ, and loads nothing then", () => {
    const modules = scratch("node_modules");
    const folder = ours(join(modules, "gst-pyroscope"));
    const other = packageIn(join(modules, platform), platform, "1.3.0");
    const parts = nativeParts(folder, "linux-x64");
    expect(parts.problem?.text).toBe(`gst-pyroscope 1.2.3 in ${folder}, ${platform} 1.3.0 in ${other}`);
    expect(() => loadNative(parts)).toThrow(
      /^the native half is of another release .* 1\.2\.3 .* 1\.3\.0 .*\(install /,
    );
  });

  it("says what is missing and how to get it, in npm's folders, in a checkout, and where there is nothing", () => {
    const folder = ours(scratch("gst-pyroscope"));
    const missing = `there is no ${platform} beside gst-pyroscope 1.2.3: npm install ${platform}@1.2.3,`;
    expect(nativeParts(folder, "linux-x64").problem?.text).toContain(missing);
    expect(nativeParts(folder, "linux-riscv64").problem?.text).toContain("there is no package for linux-riscv64:");
    writeFileSync(join(folder, "CMakeLists.txt"), "");
    expect(nativeParts(folder, "linux-x64").problem?.text).toBe("nothing is built here: run npm run build");
    expect(() => loadNative(nativeParts(folder, "linux-x64"))).toThrow("npm run build");
  });
});

it("looks for the agent where the plugin does", () => {
  const [, places = ""] = /kPlaces\[\] = \{([^}]*)\}/.exec(textOf("native/process/find-agent.cc")) ?? [];
  const programs = [...places.matchAll(/"\/([^"]*\.js)"/g)].map(([, place]) => place);
  expect(agentPlaces).toEqual(programs);
});
