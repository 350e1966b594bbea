// Is doctor's text for somebody else the one that it prints here?
import { expect, test } from "vitest";
import { doctorText } from "../../../src/commands/doctor-text.js";

test("it has the machine, and all options with where they come from", async () => {
  const text = await doctorText({ PATH: process.env.PATH ?? "", GST_PYROSCOPE_SAMPLE_RATE: "50" }, "/nowhere");
  expect(text).toMatch(/^This machine\n {2}ok {4}Node {14}\d/);
  expect(text).toMatch(/ {2}FAIL {2}plugin /);
  expect(text).toMatch(/\n {2}sample-rate +\d+ /);
});
