// Does the log of the media process get what its agent says: at the right level, without secrets, also when nobody listens any more?
import { expect, it } from "vitest";
import { tracerLog } from "../../../../src/agent/session/tracer-log.js";
import { createLog, type LogLevel } from "../../../../src/log.js";

function logAt(level: LogLevel, tell?: (level: number, text: string) => boolean) {
  const own: string[] = [];
  const told: [number, string][] = [];
  const keep = (of: number, text: string) => told.push([of, text]) > 0;
  return {
    log: tracerLog(
      createLog(level, (line) => own.push(line)),
      { tell: tell ?? keep },
    ),
    own,
    told,
  };
}

it("says everything twice: on its own stream by its level, in the segment as warning, information or detail", () => {
  const { log, own, told } = logAt("debug");
  for (const level of ["error", "warn", "info", "debug"] as const) log[level](`a ${level}`, { n: 1 });
  expect(told).toEqual([
    [0, "a error n=1"],
    [0, "a warn n=1"],
    [1, "a info n=1"],
    [2, "a debug n=1"],
  ]);
  expect(own).toEqual(told.map(([, text], i) => `gst-pyroscope: ${["error", "warn", "info", "debug"][i]}: ${text}`));
});

it("tells the tracer also what its own stream is too quiet for: GStreamer has levels of its own", () => {
  const { log, own, told } = logAt("silent");
  log.error("no capture is written");
  log.debug("one more");
  expect([own, told]).toEqual([
    [],
    [
      [0, "no capture is written"],
      [2, "one more"],
    ],
  ]);
});

it("hands over one line without what a terminal would obey or a stranger may not read", () => {
  const { log, told } = logAt("silent");
  log.warn("two\nlines \u001b[31m http://me:hunter2@host/", { password: undefined, path: "a b" });
  const [[level, text] = [9, ""]] = told;
  expect(level).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(text).not.toMatch(/[\u0000-\u001f]|hunter2|password/);
  expect(text).toMatch(/^two lines .*path="a b"$/);
});

it("is heard on its own stream when the segment is closed, and goes on when too much was said", () => {
  const closed = logAt("info", () => {
    throw Object.assign(new Error("closed"), { code: "ERR_SEGMENT_CLOSED" });
  });
  closed.log.error("the last words");
  closed.log.info("and one more");
  expect(closed.own).toEqual(["gst-pyroscope: error: the last words", "gst-pyroscope: info: and one more"]);
  const full = logAt("info", () => false);
  full.log.warn("dropped there");
  expect(full.own).toEqual(["gst-pyroscope: warn: dropped there"]);
});
