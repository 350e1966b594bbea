// What is exported: which capture, which of its elements, which part of its time?
// SPDX-License-Identifier: MPL-2.0

import { elementPath } from "../analysis/paths.js";
import { shorten } from "../analysis/units.js";
import { profileWindows, type TimeRange } from "../capture/profile-windows.js";
import type { Capture } from "../capture/reader.js";
import { Stacks } from "../capture/stacks.js";
import { printable } from "../model/printable.js";
import type { RecordedProfiles, StackSample } from "../model/recorded-profiles.js";

export interface ExportSource {
  dir: string;
  /** Read whole, within the limits that reading a capture has. */
  capture: Capture;
  /** Of this program. */
  version: string;
  /** Which profile, for formats that have one only. */
  kind: "cpu" | "wall";
  /** Paths; null: all. */
  elements: ReadonlySet<string> | null;
  /** null: all of its time. */
  range: TimeRange | null;
  /** What doctor says of this machine. */
  doctor: () => Promise<string>;
  /** Takes a sentence about what the file does not have. */
  note: (sentence: string) => void;
}

/** Why there is no file, in a sentence. */
export class NothingToExport extends Error {
  override readonly name = "NothingToExport";
}

export const noTime = (kind: "cpu" | "wall"): NothingToExport =>
  new NothingToExport(`there is no ${kind === "cpu" ? "CPU" : "wall"} time of what was asked for`);

/** Pieces of a file, in their order. */
export type Chunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

export type ExportedStacks = Pick<RecordedProfiles, "stacks">["stacks"];

/** Characters of a name. A mangled C++ name rarely has more; equal beginnings of longer ones become one name. */
const MOST_NAME = 1000;

/** A name that another program chose: no control characters, no marks of direction, one line, of a bounded length. */
export const shown = (text: string, most = MOST_NAME): string => shorten(printable(text), most);

export const isWanted = ({ elements }: Pick<ExportSource, "elements">, { path }: Pick<StackSample, "path">): boolean =>
  elements === null || elements.has(elementPath(path));

/** The stacks of a kind that are asked for; null: the capture has no profile of that kind. */
export async function stacksOf(source: ExportSource, kind = source.kind): Promise<ExportedStacks | null> {
  const { capture, range } = source;
  const recorded = capture[kind];
  if (recorded === null) return null;
  const { frames, samples } = range === null ? recorded.stacks : await foldedRange(source, kind, range);
  return { frames, samples: source.elements === null ? samples : samples.filter((one) => isWanted(source, one)) };
}

async function foldedRange({ dir, capture }: ExportSource, kind: "cpu" | "wall", range: TimeRange): Promise<Stacks> {
  const stacks = new Stacks();
  for await (const { bytes } of profileWindows(dir, capture.facts, kind, range)) stacks.addUnpacked(bytes);
  return stacks;
}

export const sumNs = (samples: readonly Pick<StackSample, "ns">[]): number =>
  samples.reduce((sum, { ns }) => sum + ns, 0);
