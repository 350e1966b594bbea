// What does the origin answer for a playlist or a segment? The file; a playlist without program time gets one.
// SPDX-License-Identifier: MPL-2.0
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClosingDelay } from "./closing-delay.js";
import { PLAYLIST, type StreamFile, streamFile } from "./files.js";
import { type Anchors, lastSegment, withProgramTime } from "./program-time.js";
import { segmentWasReady } from "./segment-ready.js";

export interface Answer {
  status: 200 | 404 | 413;
  type: string;
  body: Uint8Array<ArrayBuffer> | string;
}

/** A live segment is a few megabytes; what is larger is read whole into memory by nobody here. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Many stalls at once are answered with one reading. */
const FRESH_MS = 500;

export class Origin {
  readonly #folder: string;
  /** By the path of the playlist; there are as many as the folder has. */
  readonly #playlists = new Map<string, { anchors: Anchors; delay: ClosingDelay }>();

  #readMs = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Of the segment that begins at this program time: could a player have had it at that time? null: not known. */
  async segmentWasReady(programMs: number, atMs: number, targetMs: number): Promise<boolean | null> {
    await this.#readAgain();
    const anchors = [...this.#playlists.values()].map((one) => one.anchors);
    return segmentWasReady(anchors, programMs, { atMs, targetMs });
  }

  /** Playlists as they are now, whether or not a player has asked for them lately. */
  async #readAgain(): Promise<void> {
    if (performance.now() - this.#readMs < FRESH_MS) return;
    this.#readMs = performance.now();
    for (const path of this.#playlists.keys()) {
      const file = { path, type: PLAYLIST, size: 0 };
      await this.#read(file).catch(() => this.#playlists.delete(path));
    }
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
    return { status: 200, type, body: await this.#timed(path, new TextDecoder().decode(bytes)) };
  }

  async #timed(path: string, playlist: string): Promise<string> {
    const folder = dirname(path);
    const { anchors, delay } = this.#playlists.get(path) ?? { anchors: new Map(), delay: new ClosingDelay() };
    const last = lastSegment(playlist);
    const file = last === null ? undefined : beside(folder, last);
    const delayMs = file === undefined ? 0 : await delay.ms(file);
    const completeAt = (uri: string) => {
      const closedMs = closedAt(folder, uri);
      return closedMs === undefined ? undefined : Math.round(closedMs - delayMs);
    };
    const rewritten = withProgramTime(playlist, completeAt, anchors);
    this.#playlists.set(path, { anchors: rewritten.anchors, delay });
    return rewritten.text;
  }
}

const text = (status: 404 | 413, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body });

/** A file beside the playlist; a name that leads elsewhere has no time here. */
function beside(folder: string, uri: string): string | undefined {
  if (!/^[\w.%-]+$/.test(uri)) return undefined;
  try {
    return join(folder, decodeURIComponent(uri).replaceAll("/", ""));
  } catch {
    return undefined;
  }
}

function closedAt(folder: string, uri: string): number | undefined {
  const path = beside(folder, uri);
  return path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
