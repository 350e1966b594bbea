// How full was each queue, and when is that known? One value for each line that the capture has of it.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import { belowPipeline } from "../../analysis/paths.js";
import { decodeCell } from "../../capture/cells.js";
import { captureFiles } from "../../capture/format.js";
import { eachLine } from "../../capture/lines.js";
import { attempt } from "../../model/attempt.js";
import type { ExportSource } from "../source.js";
import { helps, type Tracks } from "./tracks.js";

/** Among the tracks of the process: the last ones. */
const RANK = 3;

/** Of lines without a time since the capture's begin, by the wall clock. */
export async function drawQueues({ dir, capture, range }: ExportSource, tracks: Tracks): Promise<void> {
  const { topology, facts } = capture;
  const paths = new Map(topology.elements.map(({ id, path }) => [id, path]));
  const owners = new Map(topology.pads.map(({ id, element }) => [id, paths.get(element)]));
  const began = BigInt(facts.clock.unixNs);
  const draw = (line: string): void => {
    // Most lines are of hops.
    if (!line.includes('"queue"')) return;
    const read = attempt(() => decodeCell(JSON.parse(line)), null);
    const path = owners.get(read?.cell.pad ?? 0);
    if (read?.cell.kind !== "queue" || read.moved || path === undefined) return;
    const atNs = read.atNs ?? Math.max(0, Number(read.timeUnixNs - began));
    if (range !== null && (atNs < range.fromNs || atNs > range.toNs)) return;
    const name = `queue level: ${belowPipeline(path) || path}`;
    const about = { unit: "buffers", description: helps.queue, rank: RANK };
    tracks.writer.event({
      type: "counter",
      track: tracks.below(tracks.process, name, about),
      atNs,
      value: read.cell.level,
    });
  };
  await eachLine(join(dir, captureFiles.metrics), ({ text, whole }) => {
    if (whole) draw(text);
  }).catch(() => undefined); // reading the capture has told of it
}
