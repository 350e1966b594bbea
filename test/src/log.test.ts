// Does the log say each thing once, on one line, and never a secret?
import { describe, expect, it } from "vitest";
import { CodedError, errorTable } from "../../src/errors.js";
import { createLog, type LogLevel } from "../../src/log.js";

function logged(level: LogLevel, say: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  say(createLog(level, (line) => lines.push(line)));
  return lines;
}

describe("the log", () => {
  it("writes one line an event, with its fields", () => {
    const fields = { server: "http://h:1", text: 'a "b"', n: 3, left: undefined, none: null, empty: "" };
    expect(logged("warn", (log) => log.warn("it broke", fields))).toEqual([
      'gst-pyroscope: warn: it broke server=http://h:1 text="a \\"b\\"" n=3 none=null empty=""',
    ]);
  });

  it.each([
    ["silent", []],
    ["error", ["error"]],
    ["warn", ["error", "warn"]],
    ["info", ["error", "warn", "info"]],
    ["debug", ["error", "warn", "info", "debug"]],
  ] as const)("at level %s says %j", (level, expected) => {
    const lines = logged(level, (log) => {
      for (const name of ["debug", "info", "warn", "error"] as const) log[name](name);
    });
    expect(lines.map((line) => line.split(": ").at(-1)).sort()).toEqual([...expected].sort());
  });

  it("hides credentials in messages and fields", () => {
    const lines = logged("warn", (log) => log.warn("at http://u:pw@h/", { server: "turns:u:pw@h" }));
    expect(lines).toEqual(["gst-pyroscope: warn: at http://***@h/ server=turns:***@h"]);
  });

  it("keeps hostile text on one line of bounded length, without control characters", () => {
    const [line = ""] = logged("warn", (log) => log.warn("a\nb\u2028c\u001b[31m", { x: "y\r\n".repeat(1000) }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(line).not.toMatch(/[\u0000-\u001f\u2028]/);
    expect(line.length).toBeLessThan(1100);
  });
});

describe("the table of errors", () => {
  it("has a code, what happened and, as a message, one line", () => {
    for (const [code, { what }] of Object.entries(errorTable)) {
      expect(code).toMatch(/^ERR_[A-Z]+(_[A-Z]+)*$/);
      expect(what.length).toBeGreaterThan(10);
    }
    const error = new CodedError("ERR_SERVER_URL", "htp:/x");
    expect([error.code, error.message]).toEqual([
      "ERR_SERVER_URL",
      "the server address is not a URL: htp:/x (write it like http://localhost:4040)",
    ]);
  });
});
