// What does support need, in one file that may be sent? A redacted copy of the capture, its report and summary, what doctor says, and a list of all that.
// SPDX-License-Identifier: MPL-2.0

import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { hostname, release, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { summarize } from "../analysis/summary.js";
import { bytes, plural } from "../analysis/units.js";
import { readCapture } from "../capture/reader.js";
import { attempt } from "../model/attempt.js";
import { jsonText } from "../model/printable.js";
import { html } from "../page/html.js";
import { Personal, removedKinds } from "../redact/personal.js";
import { markdown } from "./markdown.js";
import { type CopiedCapture, copyRedacted } from "./redacted-capture.js";
import type { Chunks, ExportSource } from "./source.js";
import { type TarEntry, tar } from "./tar.js";

const FOLDER = "gst-pyroscope-bundle";

export async function bundle(source: ExportSource): Promise<Chunks> {
  return zipped(tar(entries(source)));
}

/** An error on the way of what is packed ends the packing, too. */
async function* zipped(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  const from = Readable.from(pieces, { objectMode: false });
  from.on("error", (error) => gzip.destroy(error));
  yield* from.pipe(gzip);
}

/** The copy is on disk as long as it is packed: a capture may be larger than the memory. */
async function* entries(source: ExportSource): AsyncGenerator<TarEntry> {
  const folder = await mkdtemp(join(tmpdir(), "gst-pyroscope-bundle-"));
  try {
    const personal = new Personal({ users: userNames(), hosts: [hostname()] });
    const copy = join(folder, "capture");
    await mkdir(copy, { mode: 0o700 });
    const copied = await copyRedacted(source, copy, personal);
    const texts = await written({ ...source, dir: copy, capture: await readCapture(copy) }, personal);
    const rows = await Promise.all(
      copied.files.map(async (name) => [`capture/${name}`, (await stat(join(copy, name))).size] as const),
    );
    const contents = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);
    const list = [...contents.map(([name, { length }]) => [name, length] as const), ...rows];
    yield { name: `${FOLDER}/README.md`, content: Buffer.from(readMe(source, list, copied, personal)) };
    for (const [name, content] of contents) yield { name: `${FOLDER}/${name}`, content };
    for (const [name] of rows) yield { name: `${FOLDER}/${name}`, content: { file: join(folder, name) } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const userNames = (): string[] => attempt(() => [userInfo().username], []);

/** What is made of the copy, so that nothing but that is in it. */
async function written(copy: ExportSource, personal: Personal): Promise<Record<string, string>> {
  const { capture, version, doctor } = copy;
  const made: [string, string | Promise<string>][] = [
    ["report.html", html(capture)],
    ["report.json", `${jsonText(summarize(capture))}\n`],
    ["summary.md", markdown(copy).then(async (pieces) => [...(pieces as Iterable<string>)].join(""))],
    [
      "doctor.txt",
      doctor().then((text) =>
        text
          .split("\n")
          .map((line) => personal.text(line))
          .join("\n"),
      ),
    ],
    ["versions.txt", versions(version, capture.facts.tool, capture.facts.version)],
  ];
  const all = made.map(async ([name, text]) => {
    const why = (error: unknown): string => `could not be made: ${personal.text((error as Error).message)}\n`;
    return [name, await Promise.resolve(text).catch(why)] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

const versions = (version: string, tool: string, format: number): string =>
  [
    `gst-pyroscope, which made this bundle: ${version}`,
    `gst-pyroscope, which recorded: ${tool}`,
    `capture format: ${format}`,
    `Node: ${process.versions.node}`,
    `system: ${process.platform} ${release()} ${process.arch}`,
    "",
  ].join("\n");

const descriptions: Readonly<Record<string, string>> = {
  "report.html": "the report; opens in a browser, loads nothing",
  "report.json": "its figures, as docs/report.md describes them",
  "summary.md": "the figures for a ticket",
  "doctor.txt":
    "what `gst-pyroscope doctor` says of the machine that made the bundle, which need not be the one that was recorded",
  "versions.txt": "versions of the programs",
};

function readMe(
  { capture }: ExportSource,
  files: readonly (readonly [string, number])[],
  { unread }: CopiedCapture,
  { counts }: Personal,
): string {
  const own = files
    .filter(([name]) => name in descriptions)
    .map(([name, size]) => `- \`${name}\` (${bytes(size)}): ${descriptions[name]}`);
  const rest = files.filter(([name]) => !(name in descriptions));
  const total = rest.reduce((sum, [, size]) => sum + size, 0);
  const removed = Object.entries(removedKinds).map(
    ([kind, help]) => `- ${help}: ${plural(counts[kind as keyof typeof counts], "place")}`,
  );
  const others = capture.otherProcesses.length;
  return [
    "# A capture of gst-pyroscope, for support",
    "## What is in it",
    [
      ...own,
      `- \`capture/\` (${bytes(total)} in ${plural(rest.length, "file")}): the capture itself, redacted; \`gst-pyroscope report capture\` reads it`,
      ...(unread > 0
        ? [`- not in it: ${plural(unread, "line or profile", "lines and profiles")} that could not be read`]
        : []),
      ...(others > 0
        ? [`- not in it: captures of ${plural(others, "other process", "other processes")} of the same run`]
        : []),
    ].join("\n"),
    "## What was removed",
    removed.join("\n"),
    "A thing that was removed is called by its kind and a number (`address-3`), the same everywhere in this bundle; a credential is `***`. Names of elements, pipelines, threads, files and functions are left as they are beyond that: look through `report.html` and `capture/topology.json` before you send this to others.",
    "",
  ].join("\n\n");
}
