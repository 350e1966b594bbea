// What was known of the stall of a trial with a real pipeline and a real player, as the file of all kept trials has it?
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import type { Judgement, KnownStall, StallCase } from "../../src/answer/stall-case.js";
import { chainOf, piecesOf } from "../../src/stalls/pipelines.js";
import type { WindowRow } from "../../src/store/stall-port.js";
import { type Columns, fromColumns } from "./columns.js";

export type Got = Pick<Judgement, "verdict" | "delivery" | "confidence"> & { element: string | null };

export interface Trial {
  id: string;
  expect: { verdict: string; element?: string };
  /** As the service judged it then; and whether that was what the trial expected. */
  live: Got;
  wasRight: boolean;
  stall: KnownStall;
  segmentWasReady: boolean | null;
  troubled: StallCase["troubled"];
  nowMs: number;
  /** The service's clock minus that of the pipeline's machine. */
  offsetMs: number;
  windows: WindowRow["window"][];
}

/** Times of windows are milliseconds after the one before them. */
export interface PackedTrial extends Omit<Trial, "windows"> {
  windows: Columns;
  times: { fromMs: number; after: number[]; lasts: number[] };
}

export const keptFile = new URL("recorded/trials.json.br", import.meta.url);

export function keptTrials(): Trial[] {
  const packed = JSON.parse(brotliDecompressSync(readFileSync(keptFile)).toString()) as PackedTrial[];
  return packed.map(unpacked);
}

export function unpacked({ windows, times, ...trial }: PackedTrial): Trial {
  let fromMs = times.fromMs;
  const found = fromColumns(windows).map((window, place) => {
    fromMs += times.after[place] ?? 0;
    const [from, to] = [fromMs, fromMs + (times.lasts[place] ?? 0)].map((ms) => new Date(ms).toISOString());
    return { ...(window as object), from, to } as WindowRow["window"];
  });
  return { ...trial, windows: found };
}

/** From the end of a window until the service has it. */
const UNDER_WAY_MS = 500;

/** As the service makes it; what it kept of earlier hours is not known. */
export function caseOf({ stall, windows, offsetMs, segmentWasReady, troubled, nowMs }: Trial): StallCase {
  const rows = windows.map((window) => {
    const [fromMs, toMs] = [Date.parse(window.from), Date.parse(window.to)];
    const receivedMs = toMs + UNDER_WAY_MS;
    return { project: "demo", window, ownFromMs: fromMs - offsetMs, fromMs, toMs, receivedMs, offsetMs };
  });
  const own = rows.filter(({ window }) => window.stream_id === stall.stream_id);
  const others = rows.filter((row) => !own.includes(row));
  const pieces = [...new Set(others.map(({ window }) => window.stream_id))].flatMap((stream) =>
    piecesOf(others.filter(({ window }) => window.stream_id === stream)),
  );
  const pipelines = chainOf(piecesOf(own), pieces, {});
  return { stall, pipelines, troubled, segmentWasReady, nowMs };
}

export const gotOf = ({ verdict, delivery, confidence, element }: Judgement): Got => ({
  ...{ verdict, delivery, confidence, element: element?.path ?? null },
});

export const isAsExpected = ({ expect }: Pick<Trial, "expect">, got: Pick<Got, "verdict" | "element">): boolean =>
  got.verdict === expect.verdict &&
  (expect.element === undefined || new RegExp(`${expect.element}$`).test(got.element ?? ""));
