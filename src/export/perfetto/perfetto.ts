// How does a capture become a timeline for Perfetto? Spans, queue levels, samples and waits by thread, on one clock; what has no time is not given one.
// SPDX-License-Identifier: MPL-2.0

import { basename } from "node:path";
import { PerfettoWriter } from "../../encoding/perfetto-writer.js";
import { type Chunks, type ExportSource, shown } from "../source.js";
import { drawQueues } from "./counters.js";
import { drawSamples } from "./samples.js";
import { drawSpans, spansOf, tidsOf } from "./spans.js";
import { Tracks } from "./tracks.js";

/** Bytes that are written at a time. */
const PIECE = 256 * 1024;

export const perfetto = async (source: ExportSource): Promise<Chunks> => pieces(source);

async function* pieces(source: ExportSource): AsyncGenerator<Uint8Array> {
  const { target, clock } = source.capture.facts;
  const writer = new PerfettoWriter();
  writer.clock(BigInt(clock.unixNs));
  const spans = await spansOf(source);
  const name = shown(basename(target.executable) || target.serviceName || "GStreamer", 200);
  const process = { pid: target.pid, name, command: shown(target.command, 2000) };
  const tracks = new Tracks(writer, process, tidsOf(spans));
  for (const _ of drawSpans(spans, tracks, source.capture.topology)) if (writer.length > PIECE) yield writer.take();
  await drawQueues(source, tracks);
  yield writer.take();
  for await (const _ of drawSamples(source, tracks)) if (writer.length > PIECE) yield writer.take();
  yield writer.take();
}
