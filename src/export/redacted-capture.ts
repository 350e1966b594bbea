// How is a capture copied without what tells who was there? File by file; what cannot be read is not copied, and counted.
// SPDX-License-Identifier: MPL-2.0

import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Profile } from "pprof-format";
import { captureFiles } from "../capture/format.js";
import { eachLine } from "../capture/lines.js";
import { readJsonText, readWhole } from "../capture/open.js";
import { Pprof } from "../capture/pprof.js";
import { MergedProfile, type TextRole } from "../capture/profile-merge.js";
import { MAX_PROFILE_BYTES, presentProfiles } from "../capture/profiles.js";
import { unpacked } from "../capture/stacks.js";
import { attempt } from "../model/attempt.js";
import type { Personal } from "../redact/personal.js";
import type { ExportSource } from "./source.js";

const zip = promisify(gzip);

/** TABLE: what a text is, by the name of its field; all others are free text. */
const roles: Readonly<Record<string, "name" | "path" | "file" | "code">> = {
  ...{ name: "name", thread: "name", serviceName: "name" },
  ...{ path: "path", pipeline: "path", pipelines: "path", renamed: "path" },
  ...{ executable: "file" },
  // Words of ours or of GStreamer, numbers as texts, and names of files in the capture.
  ...{
    format: "code",
    factory: "code",
    plugin: "code",
    kind: "code",
    direction: "code",
    file: "code",
    replaces: "code",
  },
  ...{ dropped: "code", startUnixNs: "code", timeUnixNs: "code", unixNs: "code", startTime: "code", buildId: "code" },
  ...{ trace: "code", span: "code", parent: "code", flow: "code", source: "code", timing: "code", tool: "code" },
};

const MOST_DEPTH = 20;
const KEY = /^[\w .:+-]{1,100}$/;

/** Names of the files in it, and how many lines and profiles could not be read. */
export interface CopiedCapture {
  files: string[];
  unread: number;
}

export async function copyRedacted(
  { dir, capture }: ExportSource,
  to: string,
  personal: Personal,
): Promise<CopiedCapture> {
  const copied: CopiedCapture = { files: [], unread: 0 };
  // The first one has the paths that names of users are found in.
  for (const name of [captureFiles.capture, captureFiles.topology])
    await copyJson(join(dir, name), join(to, name), name, personal, copied);
  for (const name of [captureFiles.metrics, captureFiles.index, captureFiles.spans, captureFiles.windows])
    await copyLines(join(dir, name), join(to, name), name, personal, copied);
  await mkdir(join(to, captureFiles.profiles), { mode: 0o700 });
  for (const { name, row } of await presentProfiles(dir, capture.facts, [])) {
    const bytes = await redactedProfile(join(dir, name), row?.durationNs ?? 0, personal);
    if (bytes === null) copied.unread++;
    else {
      await writeFile(join(to, name), bytes, { mode: 0o600 });
      copied.files.push(name);
    }
  }
  return copied;
}

async function copyJson(
  from: string,
  to: string,
  name: string,
  personal: Personal,
  copied: CopiedCapture,
): Promise<void> {
  const text = await readJsonText(from).catch(() => null);
  const value: unknown = text === null ? null : attempt(() => JSON.parse(text), null);
  if (value === null) return;
  const modules = name === captureFiles.capture ? "file" : "path";
  await writeFile(to, `${JSON.stringify(redacted(value, "", personal, modules), null, 2)}\n`, { mode: 0o600 });
  copied.files.push(name);
}

async function copyLines(
  from: string,
  to: string,
  name: string,
  personal: Personal,
  copied: CopiedCapture,
): Promise<void> {
  const fd = openSync(to, "wx", 0o600);
  let [waiting, lines]: [string[], number] = [[], 0];
  const flush = (): void => {
    if (waiting.length > 0) writeSync(fd, waiting.join(""));
    waiting = [];
  };
  try {
    const read = eachLine(from, ({ text, whole }) => {
      const value: unknown = attempt(() => JSON.parse(text), null);
      if (value === null || typeof value !== "object") {
        if (whole) copied.unread++;
        return;
      }
      lines++;
      if (waiting.push(`${JSON.stringify(redacted(value, "", personal, "path"))}\n`) >= LINES) flush();
    });
    await read.catch(() => undefined);
    flush();
  } finally {
    closeSync(fd);
  }
  if (lines > 0) copied.files.push(name);
}

/** That are written at a time. */
const LINES = 2000;

/** `path`: what a field of this name is; in capture.json paths are those of modules. */
function redacted(value: unknown, field: string, personal: Personal, path: "path" | "file", depth = 0): unknown {
  if (typeof value === "string") return textOf(value, roleOf(field, path), personal);
  if (typeof value !== "object" || value === null || depth > MOST_DEPTH) return depth > MOST_DEPTH ? null : value;
  if (Array.isArray(value)) return value.map((one) => redacted(one, field, personal, path, depth + 1));
  const fields = Object.entries(value).filter(([name]) => KEY.test(name));
  return Object.fromEntries(fields.map(([name, one]) => [name, redacted(one, name, personal, path, depth + 1)]));
}

/** The ends of a way from a source to a sink are elements; in capture.json a source is where names came from. */
function roleOf(field: string, path: "path" | "file"): "name" | "path" | "file" | "code" | "text" {
  if (field === "path" || (path === "path" && (field === "source" || field === "sink"))) return path;
  return roles[field] ?? "text";
}

/** A field that should hold a word of ours and does not is free text. */
function textOf(text: string, role: "name" | "path" | "file" | "code" | "text", personal: Personal): string {
  if (role === "code") return /^[\w. +/-]{0,200}$/.test(text) ? personal.code(text) : personal.text(text);
  return personal[role](text);
}

async function redactedProfile(path: string, durationNs: number, personal: Personal): Promise<Uint8Array | null> {
  try {
    const bytes = unpacked(await readWhole(path, MAX_PROFILE_BYTES));
    new Pprof(bytes).nanosecondValue();
    const merged = new MergedProfile({ durationNs, text: (text, role) => profileText(text, role, personal) });
    merged.add(Profile.decode(bytes));
    return await zip(merged.encode(Number.POSITIVE_INFINITY));
  } catch {
    return null;
  }
}

const labelRoles: Readonly<Record<string, "name" | "path" | "code">> = {
  ...{ "label path": "path", "label pipeline": "path", "label chain": "code", "label factory": "code" },
  ...{ "label blocked_on": "code", "label inferred": "code" },
};

function profileText(text: string, role: TextRole, personal: Personal): string {
  if (role === "function" || role === "other") return personal.code(text);
  if (role === "file") return personal.file(text);
  return textOf(text, labelRoles[role] ?? "name", personal);
}
