// What if the host's language writes a comma in its numbers? Ours keep their point, and mean what they say.
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readCapture } from "../../src/capture/reader.js";
import { pluginEnvironment, runToEnd, scratch, summaryOf, until, words } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** A language of our own, so that none must be installed: as POSIX, but for its comma. */
function commaLocale(): Record<string, string> {
  const numbers = ["LC_NUMERIC", 'decimal_point ","', 'thousands_sep "."', "grouping 3;3", "END LC_NUMERIC"];
  const others = ["LC_CTYPE", "LC_COLLATE", "LC_MONETARY", "LC_TIME", "LC_MESSAGES"];
  const source = [...numbers, ...others.flatMap((name) => [name, 'copy "POSIX"', `END ${name}`])];
  writeFileSync(`${place.dir}/comma`, `${source.join("\n")}\n`);
  // It ends with 1, because paper sizes and the like are missing.
  spawnSync("localedef", ["-c", "-i", `${place.dir}/comma`, "-f", "ANSI_X3.4-1968", `${place.dir}/comma_XX`]);
  const env = { LOCPATH: place.dir, LC_ALL: "comma_XX" };
  const printed = spawnSync("/usr/bin/printf", ["%.1f", "0,5"], { env, encoding: "utf8" });
  expect(printed.stdout).toBe("0,5");
  return env;
}

const hasLocaledef = spawnSync("localedef", ["--version"]).status === 0;
const buffers = 4000;

it.runIf(hasLocaledef).each([
  ["span-ratio=0.5", "pyroscope", ",span-ratio=0.5", {}, 0.5],
  [
    "OTEL_TRACES_SAMPLER_ARG=0.05",
    "oteltracer",
    "",
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.05" },
    0.05,
  ],
  ["OTEL_TRACES_SAMPLING_RATIO=0.25", "oteltracer", "", { OTEL_TRACES_SAMPLING_RATIO: "0.25" }, 0.25],
] as const)("under a language with a comma %s takes that share", async (_name, factory, option, variables, share) => {
  const dir = `${place.dir}/c`;
  const options = `capture=${dir},server-url=none,otlp-endpoint=none,span-slow=off,sample-rate=0${option}`;
  const env = pluginEnvironment({
    ...commaLocale(),
    ...variables,
    GST_TRACERS: `${factory}(${options})`,
    GST_DEBUG: "pyroscope:2",
  });
  const command = words(`gst-launch-1.0 -q fakesrc num-buffers=${buffers} ! identity sleep-time=100 ! fakesink`);
  const end = await runToEnd(command[0] ?? "", command.slice(1), env);
  expect(end.code).toBe(0);
  expect(end.stderr).not.toMatch(/is not a number/);
  await until("a finished capture", async () => (await readCapture(dir).catch(() => null))?.complete || undefined);
  const traces = (await summaryOf(dir)).traces?.traces ?? 0;
  // Five standard deviations of as many throws of a coin.
  expect(Math.abs(traces - buffers * share)).toBeLessThan(5 * Math.sqrt(buffers * share * (1 - share)));
});
