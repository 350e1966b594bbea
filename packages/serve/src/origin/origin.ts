// What does the origin answer for a playlist or a segment? The file; a playlist without program time gets one.
// SPDX-License-Identifier: MPL-2.0
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PLAYLIST, type StreamFile, streamFile } from "./files.js";
import { type Anchors, withProgramTime } from "./program-time.js";

export interface Answer {
  status: 200 | 404 | 413;
  type: string;
  body: Uint8Array<ArrayBuffer> | string;
}

/** A live segment is a few megabytes; what is larger is read whole into memory by nobody here. */
const MOST_BYTES = 64 * 1024 * 1024;

export class Origin {
  readonly #folder: string;
  /** By the path of the playlist; there are as many as the folder has. */
  readonly #anchors = new Map<string, Anchors>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `name`: what the address has behind the folder's, still encoded. */
  async answer(name: string): Promise<Answer> {
    const file = await streamFile(this.#folder, name);
    if (file === null) return text(404, "there is no such file in the stream's folder\n");
    if (file.size > MOST_BYTES) return text(413, `this file is larger than ${MOST_BYTES} bytes: no live segment is\n`);
    try {
      return await this.#read(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return text(404, "this segment has just left the stream's window\n");
    }
  }

  /** As the pipeline wrote it: without program times of this origin. */
  async asWritten(name: string): Promise<Answer> {
    const file = await streamFile(this.#folder, name);
    if (file?.type !== PLAYLIST) return this.answer(name);
    return { status: 200, type: PLAYLIST, body: new Uint8Array(await readFile(file.path)) };
  }

  async #read({ path, type }: StreamFile): Promise<Answer> {
    const bytes = new Uint8Array(await readFile(path));
    if (type !== PLAYLIST) return { status: 200, type, body: bytes };
    const folder = dirname(path);
    const known = this.#anchors.get(path) ?? new Map();
    const rewritten = withProgramTime(new TextDecoder().decode(bytes), (uri) => closedAt(folder, uri), known);
    this.#anchors.set(path, rewritten.anchors);
    return { status: 200, type, body: rewritten.text };
  }
}

const text = (status: 404 | 413, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body });

/** Of a file beside the playlist; a name that leads elsewhere has no time here. */
function closedAt(folder: string, uri: string): number | undefined {
  if (!/^[\w.%-]+$/.test(uri)) return undefined;
  try {
    return Math.round(statSync(join(folder, decodeURIComponent(uri).replaceAll("/", ""))).mtimeMs);
  } catch {
    return undefined;
  }
}
