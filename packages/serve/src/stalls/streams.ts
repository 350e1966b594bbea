// Which stream does a player watch that does not say so? The one whose name its manifest's path has, if exactly one does: a guess, and marked so.
// SPDX-License-Identifier: MPL-2.0
import type { StallStore, StreamPath, WindowRow } from "../store/stall-port.js";
import type { Player } from "./player.js";

/** Learned paths of a project that are kept: players make up any. */
const MOST_LEARNED = 1000;

export interface Found {
  streamId: string;
  guessed: boolean;
}

interface Known {
  streams: Set<string>;
  paths: Map<string, StreamPath>;
  learned: number;
  /** Streams that players name, and no pipeline does. */
  claimed: Set<string>;
  /** Paths that name no stream, as long as there is no new one. */
  misses: Set<string>;
}

const MOST_MISSES = 5000;
/** Of a project: players make up any. */
const MOST_CLAIMED = 200;

export class Streams {
  readonly #store: Pick<StallStore, "streams" | "streamPaths" | "putStreamPath">;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<StallStore, "streams" | "streamPaths" | "putStreamPath">) {
    this.#store = store;
  }

  /** Reads what the store has now; a command of another process may have changed it. */
  async refresh(projects: readonly string[]): Promise<void> {
    for (const project of projects) {
      const [streams, paths] = await Promise.all([this.#store.streams(project), this.#store.streamPaths(project)]);
      const known = this.#of(project);
      for (const { streamId, lastMs } of streams) if (lastMs > 0) this.#add(known, streamId);
      known.claimed = new Set(streams.flatMap(({ streamId, lastMs }) => (lastMs > 0 ? [] : [streamId])));
      known.paths = new Map(paths.map((one) => [one.path, one]));
      known.learned = paths.filter(({ learned }) => learned).length;
    }
  }

  saw(rows: readonly WindowRow[]): void {
    for (const { project, window } of rows) this.#add(this.#of(project), window.stream_id);
  }

  #add(known: Known, streamId: string): void {
    if (known.streams.has(streamId)) return;
    known.streams.add(streamId);
    known.claimed.delete(streamId);
    known.misses.clear();
  }

  /** Stalls of a stream that has windows are judged; also those of some that only players name, to say what is missing. */
  isJudged(project: string, streamId: string): boolean {
    const { streams, claimed } = this.#of(project);
    if (streams.has(streamId) || claimed.has(streamId)) return true;
    return claimed.size < MOST_CLAIMED && claimed.add(streamId).has(streamId);
  }

  /** null: none can be named. */
  of({ project, streamId, path }: Player): Found | null {
    if (streamId !== null) return { streamId, guessed: false };
    if (path === null) return null;
    const known = this.#of(project);
    const kept = known.paths.get(path);
    if (kept !== undefined) return { streamId: kept.streamId, guessed: kept.learned };
    if (known.misses.has(path)) return null;
    const guess = guessed(path, known.streams);
    if (guess === null) {
      if (known.misses.size < MOST_MISSES) known.misses.add(path);
      return null;
    }
    this.#learn(project, known, { path, streamId: guess, learned: true });
    return { streamId: guess, guessed: true };
  }

  #learn(project: string, known: Known, path: StreamPath): void {
    if (known.learned >= MOST_LEARNED) return;
    known.learned++;
    known.paths.set(path.path, path);
    this.#store.putStreamPath(project, path).catch(() => {
      // It is learned again.
    });
  }

  #of(project: string): Known {
    const known = this.#known.get(project) ?? {
      streams: new Set(),
      paths: new Map(),
      learned: 0,
      claimed: new Set(),
      misses: new Set(),
    };
    this.#known.set(project, known);
    return known;
  }
}

/** The whole path, its file, that without its ending, a folder on the way: the first of these that names exactly one stream. */
export function guessed(path: string, streams: ReadonlySet<string>): string | null {
  const parts = path.split("/").filter((part) => part !== "" && part !== ":redacted");
  const tails = parts.map((_, index) => parts.slice(index).join("/"));
  const candidates = [...tails, ...tails.map(withoutEnding), ...parts.slice(0, -1).reverse()];
  for (const name of candidates) {
    const named = [...streams].filter((stream) => isSame(stream, name));
    if (named.length === 1) return named[0] ?? null;
    if (named.length > 1) return null;
  }
  return null;
}

const withoutEnding = (name: string): string => name.replace(/\.[A-Za-z0-9]{1,8}$/, "");

/** A stream's name may be the path that its pipeline writes to. */
const isSame = (stream: string, name: string): boolean =>
  stream === name || withoutEnding(stream) === name || stream.endsWith(`/${name}`);
