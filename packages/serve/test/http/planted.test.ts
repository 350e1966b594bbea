// Does the build fail when a session's id is planted in a span or in a metric's labels?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const serve = fileURLToPath(new URL("../../", import.meta.url));
const spans = "src/http/spans.ts";
const metrics = "src/telemetry/metrics.ts";

/** TABLE: name → source, what stands there, what is planted in its place; the first two are the sources as they are. */
const variants: Record<string, [source: string, before: string, after: string]> = {
  "spans-as-they-are": [spans, "", ""],
  "metrics-as-they-are": [metrics, "", ""],
  "session-in-span": [spans, '"http.method": c.req.method,', '"http.method": c.req.method, session_id: c.req.path,'],
  "url-in-span": [spans, '"http.method": c.req.method,', '"http.method": c.req.method, "http.url": c.req.url,'],
  "label-of-counter": [metrics, "new Counter<never>({ name,", 'new Counter<never>({ labelNames: ["session_id"], name,'],
  "label-of-gauge": [metrics, "new Gauge<never>({ name: ", 'new Gauge<never>({ labelNames: ["session_id"], name: '],
};

/** The source with what is planted, in another folder. */
function planted(source: string, before: string, after: string): string {
  const text = readFileSync(serve + source, "utf8");
  expect(text).toContain(before);
  const here = dirname(serve + source);
  return text.replace(before, after).replace(/from "(\.[^"]+)"/g, (_, path: string) => `from "${resolve(here, path)}"`);
}

test("as they are spans and metrics compile; with a planted name none does", () => {
  // Below the package, so that its libraries are found; not among its sources, which other tests read.
  const folder = join(serve, "dist", `planted-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, [source, before, after]] of Object.entries(variants))
    writeFileSync(join(folder, `${name}.ts`), planted(source, before, after));
  const config = {
    extends: join(serve, "tsconfig.json"),
    compilerOptions: { noEmit: true },
    include: ["*.ts"],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = fileURLToPath(new URL("../../../../node_modules/typescript/bin/tsc", import.meta.url));
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8" });
  const failed = [...stdout.matchAll(/([\w-]+)\.ts\(\d+,\d+\): error TS/g)].map(([, name]) => name);
  const [first, second, ...others] = Object.keys(variants);
  expect(failed, stdout).not.toContain(first);
  expect(failed, stdout).not.toContain(second);
  expect([...new Set(failed)].sort(), stdout).toEqual(others.sort());
});
