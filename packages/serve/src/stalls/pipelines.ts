// Which pipelines make a stream, in which order, and what were they like in health?
// SPDX-License-Identifier: MPL-2.0
import type { KnownPipeline, Nominal } from "../answer/stall-case.js";
import type { Nominals, WindowRow } from "../store/stall-port.js";

/** Ends of ways between two processes, by the protocol in the names of their elements. */
const WAYS = ["srt", "rist", "udp", "tcp", "rtp", "rtsp", "rtmp", "shm", "unixfd", "webrtc", "ndi", "interpipe"];

export interface Piece {
  rows: WindowRow[];
  /** Protocols that it gets media by, and hands it on by. */
  gets: Set<string>;
  gives: Set<string>;
}

/** By process and pipeline: a restart of it is the same. */
export function piecesOf(rows: readonly WindowRow[]): Piece[] {
  const pieces = new Map<string, WindowRow[]>();
  for (const row of rows) {
    const { host, service, pipeline } = row.window;
    const key = JSON.stringify([host, service, pipeline]);
    const piece = pieces.get(key);
    if (piece) piece.push(row);
    else pieces.set(key, [row]);
  }
  return [...pieces.values()].map((own) => ({ rows: own, ...endsOf(own) }));
}

function endsOf(rows: WindowRow[]): Pick<Piece, "gets" | "gives"> {
  const elements = rows.findLast(({ window }) => window.elements.length > 0)?.window.elements ?? [];
  const ways = (end: RegExp): Set<string> =>
    new Set(
      elements.flatMap(({ factory }) => (end.test(factory) ? WAYS.filter((way) => factory.startsWith(way)) : [])),
    );
  return { gets: ways(/src$/), gives: ways(/sink$/) };
}

const feeds = (piece: Piece, other: Piece): boolean =>
  piece !== other && [...piece.gives].some((way) => other.gets.has(way));

/**
 * Of one stream: who hands on to another one of it is a hop before that. `others`: pieces of other streams; one of them is
 * taken to feed this stream if it is the only one that could.
 */
export function chainOf(own: readonly Piece[], others: readonly Piece[], nominals: Nominals): KnownPipeline[] {
  const hops = new Map<Piece, { hop: number; linked: KnownPipeline["linked"] }>();
  const place = (piece: Piece, hop: number, linked: KnownPipeline["linked"]): void => {
    hops.set(piece, { hop, linked });
    for (const before of own) if (!hops.has(before) && feeds(before, piece)) place(before, hop + 1, "stream");
  };
  for (const piece of own) if (!own.some((other) => feeds(piece, other))) place(piece, 0, null);
  for (const piece of own) if (!hops.has(piece)) hops.set(piece, { hop: 0, linked: null });
  for (const [piece, { hop }] of [...hops]) {
    if (piece.gets.size === 0 || own.some((other) => feeds(other, piece))) continue;
    const feeders = others.filter((other) => feeds(other, piece));
    const [only] = feeders;
    if (feeders.length === 1 && only !== undefined) hops.set(only, { hop: hop + 1, linked: "guess" });
  }
  return [...hops].map(([piece, at]) => ({
    ...at,
    ...knownOf(piece.rows),
    sinks: null,
    nominal: nominalIn(nominals, piece.rows),
  }));
}

function knownOf(rows: WindowRow[]): Pick<KnownPipeline, "windows"> {
  const windows = rows.map(({ window, fromMs, toMs, receivedMs, offsetMs }) => ({
    ...{ window, fromMs, toMs, receivedMs, offsetMs },
  }));
  return { windows };
}

/** Under which its health is kept. */
export function nominalKey({ pipeline, topology }: Pick<WindowRow["window"], "pipeline" | "topology">): string {
  return JSON.stringify([pipeline, topology]);
}

function nominalIn(nominals: Nominals, rows: WindowRow[]): Nominal | null {
  const last = rows.at(-1);
  return last === undefined ? null : ((nominals[nominalKey(last.window)] as Nominal | undefined) ?? null);
}
