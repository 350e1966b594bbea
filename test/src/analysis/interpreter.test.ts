// Is it said that an interpreter is seen and not its script, and only where one is?
import { describe, expect, it } from "vitest";
import { interpreterNote } from "../../../src/analysis/interpreter.js";
import { profilesOf, sampleAt } from "../../helpers/recordings.js";

const note = (...modules: string[]) =>
  interpreterNote([
    null,
    profilesOf(
      [sampleAt("p/e", 1)],
      modules.map((module) => ({ name: "f", module })),
    ),
  ]);

describe("a process that runs Python", () => {
  it.each(["libpython3.11.so.1.0", "python3.11", "python3"])("has a sentence with a next step: %s", (module) => {
    expect(note("libc.so.6", module)).toMatch(new RegExp(`^Python: stacks show .* interpreter \\(${module}\\), not those of the script.*py-spy`)); // biome-ignore format: one pattern
  });

  it("is not seen in a library that Python code may load, nor where nothing was sampled", () => {
    expect(note("libgstpython.so", "libpyglib-2.0.so", "pythonic", "_gi.cpython-311-x86_64-linux-gnu.so")).toBe("");
    expect(interpreterNote([null, null])).toBe("");
  });
});
