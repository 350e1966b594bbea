// Does the agent hide the same as the tracer, in linear time?
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { redact } from "../../../src/redact/text.js";

/** What comes in, what may be shown ("=": all of it), and the page of GStreamer's documentation, plugin/element, that has it. */
const cases = readFileSync(new URL("../../fixtures/secrets.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split("\t") as [string, string, string?]);
const rows = cases.map(([text, shown]): [string, string] => [text, shown === "=" ? text : shown]);

/** The same sequence at every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("redaction", () => {
  it("knows three hundred cases, half of them from the documentation of GStreamer's elements", () => {
    expect(rows.length).toBeGreaterThanOrEqual(300);
    const documented = cases.flatMap(([, , page]) => page ?? []);
    expect(documented.length).toBeGreaterThanOrEqual(cases.length / 2);
    expect(new Set(documented).size).toBeGreaterThanOrEqual(50); // pages
    expect(new Set(rows.map(([text]) => text)).size).toBe(rows.length);
  });

  it.each(rows)("of %j shows %j, and a second time changes nothing", (text, shown) => {
    expect(redact(text)).toBe(shown);
    expect(redact(shown)).toBe(shown);
  });

  it("lets no six characters of a secret through", () => {
    const random = numbers(7);
    const signs = "abcXYZ0189!#$%&+,-./:;=?@^_|~()";
    const places = ["rtsp://admin:%@h/x", 'x user-pw="%" y=1', "Cookie: a=1; b=%", "rtmp://h/app/%", "turns:u:%@h"];
    for (let i = 0; i < 5000; i++) {
      const secret = `s${Array.from({ length: 6 + random(20) }, () => signs[random(signs.length)]).join("")}`;
      const out = redact((places[i % places.length] ?? "").replace("%", () => secret));
      for (let at = 0; at + 6 <= secret.length; at++) expect(out).not.toContain(secret.slice(at, at + 6));
    }
  });

  it.each(["://", "a:", "=", '"', "rtmp://a/b/c ", "u:p@", "a=@", "(a:// ", "x://@", '"a:b', "/a", "(a@<b@", "turn:"])(
    "takes time in proportion to a text of %j",
    (piece) => {
      const text = piece.repeat(1e6 / piece.length);
      const took = (part: string) => {
        const begin = process.cpuUsage();
        redact(part);
        return process.cpuUsage(begin).user / 1e6;
      };
      took(text.slice(0, 20_000)); // compiled
      const eighth = took(text.slice(0, text.length / 8));
      expect(took(text)).toBeLessThan(24 * eighth + 0.5); // 8 times the text; 64 were quadratic
    },
    60_000,
  );
});
