// Does a heavy part of Node stay out until something of it is used, and is it the same then as without delay?
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { lazily } from "../../../src/start/lazy-modules.js";

const real = createRequire(import.meta.url);

function counting() {
  const loaded: string[] = [];
  const require = lazily(
    Object.assign((name: string) => {
      loaded.push(name);
      return real(name);
    }, real) as NodeJS.Require,
  );
  return { loaded, require: require as (name: string) => Record<string, unknown> };
}

describe("a heavy module", () => {
  test("is loaded by the first use, once, whatever it is called", () => {
    const { loaded, require } = counting();
    const [one, other] = [require("node:zlib"), require("zlib")];
    expect(loaded).toEqual([]);
    expect(one.gzipSync).toBe(real("node:zlib").gzipSync);
    expect(other).toBe(one);
    expect(other.constants).toBe(real("node:zlib").constants);
    expect(loaded).toEqual(["zlib"]);
  });

  test("has the same names, for who copies or looks for them", () => {
    const { require } = counting();
    expect(Object.keys(require("node:tls"))).toEqual(Object.keys(real("node:tls")));
    expect({ ...require("node:zlib") }).toEqual({ ...real("node:zlib") });
    expect("createSecureContext" in require("node:tls")).toBe(true);
    expect("nothing" in require("node:tls")).toBe(false);
    const { Agent } = require("node:http") as { Agent: new () => object };
    expect(new Agent()).toBeInstanceOf(real("node:http").Agent);
  });
});

test("other modules are what require gives", () => {
  const { loaded, require } = counting();
  expect(require("node:fs")).toBe(real("node:fs"));
  expect(loaded).toEqual(["node:fs"]);
});
