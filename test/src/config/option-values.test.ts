// Does a text become the value that a person meant, and is it shown as a person would write it?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { didYouMean, maskUrl, nearest, parse, parseJson, shown } from "../../../src/config/option-values.js";
import { type OptionRow, optionTable } from "../../../src/config/options.js";
import { scratch } from "../../helpers/scratch.js";

const rowOf = (name: string) => optionTable.find((candidate) => candidate.name === name) as OptionRow;

describe("values", () => {
  function parsed(name: string, text: string, unit?: "ms") {
    const row = optionTable.find((candidate) => candidate.name === name) as OptionRow;
    return parse(row, text, unit);
  }

  test.each([
    ["10s", 10_000],
    ["1500ms", 1500],
    ["2min", 120_000],
    ["2m", 120_000],
    ["30", 30_000],
    ["2.5 s", 2500],
  ])("the duration %s is %d milliseconds", (text, ms) => {
    expect(parsed("upload-interval", text)).toEqual({ value: ms });
  });

  test.each([
    ["1GiB", 1024 ** 3],
    ["1.5 GB", 1.5e9],
    ["64m", 64e6],
    ["64MiB", 64 * 1024 ** 2],
    ["20000000", 20_000_000],
  ])("the size %s is %d bytes", (text, bytes) => {
    expect(parsed("capture-max-size", text)).toEqual({ value: bytes });
  });

  test("a port is a number, or auto for a free one", () => {
    expect(parsed("live-port", "8080")).toEqual({ value: 8080 });
    expect(parsed("live-port", "Auto")).toEqual({ value: "auto" });
    for (const text of ["65536", "-1", "any", "", "80.5"])
      expect(parsed("live-port", text)).toEqual({
        problem: expect.stringContaining("neither a port, 0 to 65535, nor auto"),
      });
  });

  test.each(["large", "-1GB", "1 XB", "10MB", ""])("the size %j is refused", (text) => {
    expect(parsed("capture-max-size", text).value).toBeUndefined();
  });

  test.each(["soon", "-5s", "", "10 parsecs"])("the duration %j is refused", (text) => {
    expect(parsed("upload-interval", text).value).toBeUndefined();
  });

  test("tags may be written with = or :, keep further signs in the value, and leave our own labels alone", () => {
    expect(parsed("tags", "env=dev, zone:eu ,query=a=b").value).toEqual({ env: "dev", zone: "eu", query: "a=b" });
    const mixed = parsed("tags", "element=mine,__name__=x,1st=y,lonely,ok=1");
    expect(mixed.value).toEqual({ ok: "1" });
    for (const name of ["element", "__name__", "1st", "lonely"]) expect(mixed.problem).toContain(JSON.stringify(name));
  });

  test.each(["true", "TRUE", "yes", "1", "on"])("%s is true", (text) => {
    expect(parsed("otlp-disabled", text).value).toBe(true);
  });

  test("none is no server, and a URL needs its scheme", () => {
    expect(parsed("server-url", "none").value).toBe("");
    expect(parsed("server-url", "localhost:4040").value).toBeUndefined();
    expect(parsed("server-url", "https://h/prefix").value).toBe("https://h/prefix");
  });

  test("numbers outside their range are of no use, as in the tracer", () => {
    expect(parsed("sample-rate", "-3")).toEqual({ problem: "-3 is outside 0 to 1000" });
    expect(parsed("upload-interval", "900ms")).toEqual({ problem: "900ms is outside 1s to 10min" });
    expect(parsed("sample-rate", "1e3").value).toBeUndefined();
  });

  test("a word far from everything suggests nothing", () => {
    expect(nearest("zzz", ["wrap", "off"])).toBeUndefined();
    expect(nearest("Sample-Rte", ["sample-rate", "timing"])).toBe("sample-rate");
  });

  test("a URL without credentials is shown as it is", () => {
    expect(maskUrl("http://h:4040/a?from=1")).toBe("http://h:4040/a?from=1");
  });
});

test("a server that was to have TLS keeps a file that it cannot use, so that it is not opened without", () => {
  const none = join(scratch("tls"), "none.pem");
  for (const name of ["live-tls-cert", "live-tls-key"])
    expect(parse(rowOf(name), none, undefined)).toEqual({
      value: none,
      problem: expect.stringMatching(/cannot be read \(ENOENT\)$/),
    });
});

describe("more values", () => {
  const parsed = (name: string, text: string) => parse(rowOf(name), text, undefined);

  test("a duration of the variable's own unit, and no rest of a millisecond", () => {
    expect(parse(rowOf("upload-interval"), "1500", "ms")).toEqual({ value: 1500 });
    expect(parsed("upload-interval", "1.2345s")).toEqual({ value: 1235 });
    expect(parsed("upload-interval", "1h").problem).toBe("1h is outside 1s to 10min");
  });

  test("a whole number with a sign is one; a fraction, a blank and a number in words are none", () => {
    expect(parsed("sample-rate", "+100")).toEqual({ value: 100 });
    for (const text of ["1.5", "", " 1", "ten", "0x10"])
      expect(parsed("sample-rate", text)).toEqual({ problem: `${JSON.stringify(text)} is not a whole number` });
  });

  test("a word of an enum in any case, and the one that was meant where there is none", () => {
    expect(parsed("timing", "WRAP")).toEqual({ value: "wrap" });
    expect(parsed("timing", "wrp").problem).toContain("(did you mean wrap?)");
    expect(parsed("timing", "").problem).not.toContain("did you mean");
  });

  test("of a list the known words in the table's order; the others are left out and named", () => {
    expect(parsed("traces-exporter", "none")).toEqual({ value: ["none"] });
    expect(parsed("traces-exporter", " OTLP , jaeger").value).toEqual(["otlp"]);
    expect(parsed("traces-exporter", "OTLP,jaeger").problem).toMatch(/^jaeger left out: none of /);
    expect(parsed("traces-exporter", "jaeger").value).toBeUndefined();
  });

  test("headers may be JSON or pairs; a value that is not encoded properly stays as it is, and problems say no value", () => {
    expect(parsed("otlp-headers", "a=b%20c,d=%zz").value).toEqual({ a: "b c", d: "%zz" });
    expect(parsed("http-headers", '{"A":"b","c":7}').value).toEqual({ A: "b", c: "7" });
    const { value, problem } = parsed("http-headers", "good=1,b ad=hunter2,hunter3");
    expect(value).toEqual({ good: "1" });
    expect(problem).toBe("2 of them left out: not name=value with a name that can be set");
  });

  test("a header of a name that objects have themselves is one; what cannot be a key is named as left out", () => {
    expect(parsed("http-headers", "constructor=x").value).toEqual(Object.fromEntries([["constructor", "x"]]));
    for (const text of ["__proto__=x", '{"__proto__":"x"}']) {
      expect(parsed("http-headers", text).problem).toMatch(/^1 of them left out/);
      expect(parsed("otlp-headers", text).problem).toMatch(/^1 of them left out/);
    }
  });

  test("an address may have credentials; for a collector in the clear that is said", () => {
    expect(parsed("server-url", "http://u:p@h")).toEqual({ value: "http://u:p@h" });
    expect(parsed("otlp-endpoint", "https://u:p@h")).toEqual({ value: "https://u:p@h" });
    expect(parsed("otlp-endpoint", "http://u:p@h").problem).toContain("sent in the clear");
    for (const text of ["http://", "http:///x", "https://[::1", "unix:/run/x", "file:///x"])
      expect(parsed("server-url", text).value).toBeUndefined();
  });

  test("a file of certificates must be one, and readable", () => {
    const dir = scratch("pem");
    mkdirSync(dir);
    const [good, bad] = [join(dir, "good.pem"), join(dir, "bad.pem")];
    writeFileSync(good, "text before\n-----BEGIN CERTIFICATE-----\n");
    writeFileSync(bad, "nothing");
    const name = "otlp-certificate";
    expect(parsed(name, good)).toEqual({ value: good });
    expect(parsed(name, "")).toEqual({ value: "" });
    expect(parsed(name, bad).problem).toMatch(/is no PEM file$/);
    expect(parsed(name, join(dir, "none.pem")).problem).toMatch(/cannot be read \(ENOENT\)$/);
  });
});

describe("a value that is shown", () => {
  test.each([
    ["upload-interval", ["1s", "90s", "2min", "1500ms", "10min"]],
    ["capture-max-size", ["64MiB", "1GiB", "1500MB", "20000001B"]],
  ])("of %s is read back as the same one", (name, texts) => {
    for (const text of texts) {
      const { value } = parse(rowOf(name), text, undefined);
      expect(parse(rowOf(name), shown(rowOf(name), value), undefined)).toEqual({ value });
    }
  });

  test("is in the largest unit that leaves no rest; nothing has a unit too", () => {
    const [time, size] = [rowOf("upload-interval"), rowOf("capture-max-size")];
    expect([90_000, 120_000, 1500, 0].map((ms) => shown(time, ms))).toEqual(["90s", "2min", "1500ms", "0s"]);
    expect([2 ** 30, 1e9, 1024, 1000, 1, 0].map((n) => shown(size, n))).toEqual([
      "1GiB",
      "1GB",
      "1KiB",
      "1kB",
      "1B",
      "0B",
    ]);
  });

  test("of a secret is never itself, and tells whether there is one", () => {
    const row = optionTable.find((one) => "secret" in one && one.secret) as OptionRow;
    expect([shown(row, "hunter2"), shown(row, "")]).toEqual(["***", ""]);
    expect(shown(rowOf("tags"), { a: "b", c: "d" })).toBe("a=b,c=d");
    expect(shown(rowOf("server-url"), "http://u:hunter2@h/x?token=y&a=1")).toBe("http://***@h/x?token=***&a=1");
  });
});

test("JSON that is none says nothing of what it holds", () => {
  expect(parseJson("{hunter2")).toBeUndefined();
  expect(parseJson('{"a":1}')).toEqual({ a: 1 });
});

test("the word that was meant is a letter off, in any case; of equal ones the first", () => {
  expect(didYouMean("TIMIN", ["timing", "tags"])).toBe(" (did you mean timing?)");
  expect(didYouMean("xyz", ["timing", "tags"])).toBe("");
  expect(nearest("tag", ["tags", "tax"])).toBe("tags");
  expect([nearest("", ["a"]), nearest("x", [])]).toEqual(["a", undefined]);
});
