// Does the configuration decide which servers are asked for debug files, and where they are kept?
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../../src/config/config.js";
import { createLog } from "../../../src/log.js";
import { openDebugFiles } from "../../../src/symbols/debug-files.js";
import { scratch } from "../../helpers/scratch.js";

const native = { symbolize: () => Promise.reject(new Error("nobody is asked")) };

function opened(variables: Record<string, string>, flags: { debuginfod?: string } = {}, server = ofDistribution("")) {
  const lines: string[] = [];
  const { config, problems } = resolveConfig({ flags, environment: variables });
  const log = createLog("warn", (line) => lines.push(line));
  const files = openDebugFiles(config, { native, log, ofDistribution: () => server });
  return { files, lines, problems: problems.map(({ text }) => text) };
}

/** Nobody listens there. */
const ofDistribution = (note: string) => ({ url: "http://127.0.0.1:9", note });
/** As of every build-id that nobody has a file of. */
const MISSING = "abcdef02";

function asked(files: ReturnType<typeof opened>["files"]): boolean {
  files.want(MISSING);
  const outcome = files.outcome(MISSING);
  files.close();
  return outcome !== "";
}

describe("debug files", () => {
  it("that are in the cache are used, where libdebuginfod keeps them, though no server is named", () => {
    const cache = scratch("cache");
    mkdirSync(join(cache, "abcdef01"), { recursive: true });
    const path = join(cache, "abcdef01", "debuginfo");
    writeFileSync(path, "x");
    const { files, lines } = opened({ DEBUGINFOD_CACHE_PATH: cache });
    expect([files.file("abcdef01"), files.outcome("abcdef01"), files.file("abcdef02")]).toEqual([path, "cached", ""]);
    files.want("abcdef02");
    expect([files.outcome("abcdef02"), lines]).toEqual(["", []]);
  });

  it("come from servers by http and https alone; the others are named, without their secrets", () => {
    const cache = dirname(scratch());
    const urls = "ftp://a.invalid http:// file:///etc user:geheim@b.invalid  https://me:geheim@c.invalid";
    const { files, lines } = opened({ DEBUGINFOD_URLS: urls, DEBUGINFOD_CACHE_PATH: cache });
    files.close();
    expect(lines.map((line) => line.replace(/^.*left_out=/, ""))).toHaveLength(4);
    expect(lines.join("\n")).toMatch(/only http and https left_out=ftp:\/\/a\.invalid/);
    expect(lines.join("\n")).not.toContain("geheim");
  });

  it("come from the distribution's server with the flag, and from nobody without it", () => {
    const variables = { DEBUGINFOD_CACHE_PATH: dirname(scratch()) };
    expect(asked(opened(variables, { debuginfod: "true" }).files)).toBe(true);
    expect(asked(opened(variables).files)).toBe(false);
  });

  it.each([
    ["a variable", { GST_PYROSCOPE_DEBUGINFOD: "true" }],
    ["a file that a variable names", { GST_PYROSCOPE_CONFIG: configFile({ debuginfod: true }) }],
  ])("are not fetched because of %s: what a target sets switches nothing on", (_, variables) => {
    const { files, problems } = opened({ DEBUGINFOD_CACHE_PATH: dirname(scratch()), ...variables });
    expect(asked(files)).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/debuginfod: unknown, ignored/i)]);
  });

  it("come from named servers where some are, whatever the flag says", () => {
    const named = { DEBUGINFOD_URLS: "ftp://a.invalid", DEBUGINFOD_CACHE_PATH: dirname(scratch()) };
    const { files, lines } = opened(named, { debuginfod: "true" }, ofDistribution("no server is known"));
    expect(asked(files)).toBe(false);
    expect(lines).toEqual([expect.stringContaining("only http and https")]);
  });

  it("say in one sentence when the distribution has no server of its own", () => {
    const { lines } = opened(
      {},
      { debuginfod: "true" },
      ofDistribution("no server is known for x; set DEBUGINFOD_URLS"),
    );
    expect(lines).toEqual([expect.stringMatching(/debuginfod: no server is known for x; set DEBUGINFOD_URLS$/)]);
  });
});

function configFile(content: object): string {
  const path = scratch("config.json");
  writeFileSync(path, JSON.stringify(content));
  return path;
}
