// Where may a test write? A new directory for each call, removed when the test file is done.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];

export function scratch(name = "capture"): string {
  const root = mkdtempSync(join(tmpdir(), "gst-pyroscope-test-"));
  made.push(root);
  return join(root, name);
}

afterAll(() => {
  for (const root of made) rmSync(root, { recursive: true, force: true });
});
