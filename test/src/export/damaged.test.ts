// Is a capture that was damaged anywhere exported as far as it can be read, or refused in a sentence, in every format?
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeAll, expect, test } from "vitest";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import { exportCapture } from "../../../src/commands/export.js";
import { type FormatName, formatNames } from "../../../src/export/formats.js";
import { printable } from "../../../src/model/printable.js";
import { writeExportCapture } from "../../helpers/export-capture.js";
import { random } from "../../helpers/sample-capture.js";
import { scratch } from "../../helpers/scratch.js";

/** `MUTATIONS=500 SEED=1` damages it in more ways. */
const mutations = Number(process.env.MUTATIONS ?? 4);
const next = random(Number(process.env.SEED ?? 1));
const known = new Set(Object.values(exitCodes).map(({ code }) => code));
let whole = "";
beforeAll(async () => {
  whole = (await writeExportCapture()).dir;
});

function damaged(): { dir: string; how: string } {
  const dir = scratch();
  cpSync(whole, dir, { recursive: true });
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const entry = files[Math.floor(next() * files.length)];
  const path = join(entry?.parentPath ?? dir, entry?.name ?? "capture.json");
  const bytes = readFileSync(path);
  const at = Math.floor(next() * bytes.length);
  const kind = Math.floor(next() * 3);
  if (kind === 0) writeFileSync(path, bytes.subarray(0, at));
  else if (kind === 1) bytes.fill(Math.floor(next() * 256), at, at + Math.ceil(next() * 40));
  else bytes.copy(bytes, at, Math.floor(next() * bytes.length));
  if (kind !== 0) writeFileSync(path, bytes);
  return { dir, how: `${path.replace(dir, "")}: ${["cut", "filled", "copied"][kind]} at ${at}` };
}

async function exported(dir: string, format: FormatName) {
  const errors: string[] = [];
  const stdout = new PassThrough({ highWaterMark: 1 << 26 }) as unknown as NodeJS.WriteStream;
  const terminal = { out: () => undefined, error: (line: string) => void errors.push(line) };
  const parts = { terminal, stdout, version: "0.1.0", doctor: async () => "This machine\n" };
  return { code: await exportCapture(dir, { format, output: "-" }, parts), errors };
}

test("each way of damage", async () => {
  for (let i = 0; i < mutations; i++) {
    const { dir, how } = damaged();
    for (const format of formatNames) {
      const { code, errors } = await exported(dir, format);
      expect(known, how).toContain(code);
      expect(code, `${how}, ${format}: ${errors.join()}`).not.toBe(exitCodes.failed.code);
      for (const line of errors) expect(printable(line).length).toBeLessThan(2000);
    }
  }
});
