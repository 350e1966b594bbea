// Does the configuration decide which servers are asked for debug files, and where they are kept?
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../../src/config/config.js";
import { createLog } from "../../../src/log.js";
import { openDebugFiles } from "../../../src/symbols/debug-files.js";
import { scratch } from "../../helpers/scratch.js";

const native = { symbolize: () => Promise.reject(new Error("nobody is asked")) };

function opened(variables: Record<string, string>) {
  const lines: string[] = [];
  const { config } = resolveConfig({ flags: {}, environment: variables });
  return {
    files: openDebugFiles(
      config,
      native,
      createLog("warn", (line) => lines.push(line)),
    ),
    lines,
  };
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
});
