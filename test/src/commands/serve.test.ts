// What does `gst-pyroscope serve` say where its package is missing, and what does it pass on where it is there?
import { describe, expect, test } from "vitest";
import { serve } from "../../../src/commands/serve.js";

const silent = (): void => {};

describe("serve", () => {
  test("without its package: one sentence that says how to get it, and exit code 2", async () => {
    const lines: string[] = [];
    const absent = (): Promise<unknown> => import(`gst-pyroscope-${"is-not-there"}`);
    expect(await serve([], (line) => lines.push(line), absent)).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("npm install gst-pyroscope-serve");
  });

  test("passes on the words, and the exit code of the service", async () => {
    const given: string[][] = [];
    const main = async (words: string[]): Promise<number> => given.push(words) + 6;
    expect(await serve(["--port", "0", "--lab"], silent, async () => ({ main }))).toBe(7);
    expect(given).toEqual([["--port", "0", "--lab"]]);
  });

  test("a failure of the service itself is not taken for its absence", async () => {
    const broken = async (): Promise<unknown> => ({ main: () => Promise.reject(new Error("no disk")) });
    await expect(serve([], silent, broken)).rejects.toThrow("no disk");
  });
});
