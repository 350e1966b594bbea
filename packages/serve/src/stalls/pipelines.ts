// Which pipelines make a stream, in which order, and what were they like in health?
// SPDX-License-Identifier: MPL-2.0
import type { KnownPipeline, Nominal } from "../answer/stall-case.js";
import type { Nominals, WindowRow } from "../store/stall-port.js";

/** Ends of ways between two processes, by the protocol in the names of their elements. */
const WAYS = ["srt", "rist", "udp", "tcp", "rtp", "rtsp", "rtmp", "shm", "unixfd", "webrtc", "ndi", "interpipe"];

/**
 * A process that starts anew may overlap the one before it for so long: that one's end is seen late. Two that run beside each
 * other under one name are told apart after this time.
 */
const RESTART_MS = 5000;

export interface Piece {
  rows: WindowRow[];
  /** Machine and run, of each run that it had. */
  runs: Set<string>;
  /** Paths of the sinks that write the stream; null: all. */
  sinks: string[] | null;
  /** Protocols that it gets media by, and hands it on by. */
  gets: Set<string>;
  gives: Set<string>;
}

interface Run {
  rows: WindowRow[];
  fromMs: number;
  toMs: number;
}

/** By stream, process and pipeline: a restart of it is the same. */
export function piecesOf(rows: readonly WindowRow[]): Piece[] {
  const pieces = new Map<string, Map<string, Run>>();
  for (const row of rows) {
    const { stream_id, host, service, pipeline, run_id } = row.window;
    const key = JSON.stringify([stream_id, host, service, pipeline]);
    const runs = pieces.get(key) ?? new Map<string, Run>();
    const run = runs.get(run_id) ?? { rows: [], fromMs: Infinity, toMs: -Infinity };
    const [fromMs, toMs] = [Math.min(run.fromMs, row.fromMs), Math.max(run.toMs, row.toMs)];
    run.rows.push(row);
    pieces.set(key, runs.set(run_id, { ...run, fromMs, toMs }));
  }
  return [...pieces.values()].flatMap((runs) => inRows([...runs.values()]).map(pieceOf));
}

/** Runs that followed each other; processes of one name that run at the same time are several. */
function inRows(runs: Run[]): WindowRow[][] {
  const found: { last: Run; rows: WindowRow[] }[] = [];
  for (const run of runs.sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)) {
    const isNext = ({ last }: { last: Run }): boolean => run.toMs >= last.toMs && run.fromMs >= last.toMs - RESTART_MS;
    // The one that ended last: another one may have ended long ago, and for good.
    const [before] = found.filter(isNext).sort((a, b) => b.last.toMs - a.last.toMs);
    if (before === undefined) found.push({ last: run, rows: run.rows });
    else Object.assign(before, { last: run, rows: [...before.rows, ...run.rows] });
  }
  return found.map(({ rows }) => rows);
}

function pieceOf(rows: WindowRow[]): Piece {
  const runs = new Set(rows.map(({ window }) => runOf(window)));
  return { rows, runs, sinks: sinksOf(rows), ...endsOf(rows) };
}

const runOf = ({ host, run_id }: WindowRow["window"]): string => `${host}\n${run_id}`;

/** Only where the agent knows by its sinks what a pipeline makes: then its windows have those of the stream, and others write something else. */
function sinksOf(rows: WindowRow[]): string[] | null {
  if (rows.at(-1)?.window.stream_source !== "sink") return null;
  const sinks = new Set(rows.flatMap(({ window }) => window.sinks.map(({ path }) => path)));
  return sinks.size === 0 ? null : [...sinks];
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

/** Streams of one pipeline. */
const isSame = ({ runs }: Piece, other: Piece): boolean => [...runs].some((run) => other.runs.has(run));

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
    const feeders = others.filter((other) => feeds(other, piece) && !own.some((one) => isSame(one, other)));
    const [only] = feeders;
    // One that makes several streams is one all the same.
    if (only !== undefined && feeders.every((one) => isSame(one, only)))
      hops.set(only, { hop: hop + 1, linked: "guess" });
  }
  return [...hops].map(([piece, at]) => ({
    ...at,
    ...knownOf(piece.rows),
    // Through which of its sinks it feeds another stream's pipeline is not known.
    sinks: at.linked === "guess" ? null : piece.sinks,
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
