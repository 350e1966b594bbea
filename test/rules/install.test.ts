// Does docs/install.md name the release, the Node and the packages that there are, and is its Dockerfile one that can work?
import { describe, expect, test } from "vitest";
import { platforms } from "../../scripts/release/packages.mjs";
import { exitCodes } from "../../src/commands/exit-codes.js";
import { optionTable, variableOf } from "../../src/config/options.js";
import { textOf } from "../helpers/tree.js";

const text = textOf("docs/install.md");
const { version, engines } = JSON.parse(textOf("package.json"));
const oldest = engines.node.replace(">=", "");

describe("the release is said once", () => {
  test("in package.json: CMake and the packages take it from there", () => {
    expect(textOf("CMakeLists.txt")).not.toContain(version);
    expect(textOf("scripts/release/packages.mjs")).not.toContain(version);
    expect(JSON.parse(textOf("package-lock.json"))).toMatchObject({ version, packages: { "": { version, engines } } });
  });

  test("and so is the Node that is needed; what repeats it, which cannot read it, says the same", () => {
    expect(textOf("src/cli.ts")).toContain(`const OLDEST = [${oldest.replace(".", ", ")}];`);
    for (const path of ["README.md", "docs/install.md", "gstreamer/README.md"])
      expect(textOf(path)).toContain(`Node ${oldest}`);
  });
});

test("archives, packages and exit codes are those that there are", () => {
  const archives = [...text.matchAll(/gst-pyroscope-(?:([a-z0-9-]+-gnu)-)?(\d+\.\d+\.\d+|\$V)\.tgz/g)];
  expect(archives.length).toBeGreaterThan(4);
  for (const [name, platform, its] of archives) {
    expect([version, "$V"], name).toContain(its);
    if (platform !== undefined) expect(Object.keys(platforms)).toContain(platform);
  }
  expect(text).toContain(`V=${version}\n`);
  for (const { code } of [exitCodes.oldNode, exitCodes.notInstalled, exitCodes.ownFailure])
    expect(text).toMatch(new RegExp(`exit code ${code}|of \`run\` ${code}`));
});

describe("the Dockerfile", () => {
  const [, dockerfile = ""] = /```dockerfile\n([\s\S]*?)```/.exec(text) ?? [];
  const lines = dockerfile.trim().split("\n");
  const instructions = (name: string) => lines.filter((line) => line.startsWith(`${name} `)).join("\n");

  test("begins with a Debian whose own Node is new enough, and has only what Docker knows", () => {
    expect(lines[0]).toBe("FROM debian:13-slim");
    expect(lines.filter((line) => !/^(FROM|RUN|COPY|USER|ENV|CMD) \S/.test(line))).toEqual([]);
  });

  test("installs GStreamer's programs and Node, and leaves no lists of packages behind", () => {
    const [apt = ""] = instructions("RUN").split("\n");
    for (const name of ["gstreamer1.0-tools", "gstreamer1.0-plugins-good", "nodejs", "npm"])
      expect(apt).toContain(` ${name}`);
    expect(apt).toMatch(
      /apt-get update && apt-get install -y --no-install-recommends .* rm -rf \/var\/lib\/apt\/lists/,
    );
  });

  test("asks no registry, and does not run as root", () => {
    expect(instructions("RUN")).toMatch(/npm install -g --offline \/tmp\/gst-pyroscope-\*\.tgz/);
    expect(lines.findIndex((line) => /^USER (?!root|0)/.test(line))).toBeGreaterThan(0);
  });

  test("sets the variables that there are, and names the plugin's package", () => {
    const known = optionTable.flatMap((row) => [
      variableOf(row.name),
      ...("aliases" in row ? row.aliases : []).map(({ variable }) => variable),
    ]);
    const set = [...instructions("ENV").matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]);
    const others = ["HOME", "GST_TRACERS", "GST_PLUGIN_PATH"];
    expect(set.map(([name = ""]) => name).filter((name) => !others.includes(name) && !known.includes(name))).toEqual(
      [],
    );
    expect(Object.fromEntries(set)).toMatchObject({
      GST_TRACERS: "pyroscope",
      GST_PLUGIN_PATH: "/usr/local/lib/node_modules/@gst-pyroscope/linux-x64-gnu",
    });
  });
});
