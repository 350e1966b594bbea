// What does a capture look like whose queue is leaky, was full, and threw buffers away?

import type { CellSnapshot } from "../../src/model/batch.js";
import type { Recording } from "../../src/model/recording.js";

export const DROPPED = 1234;
export const HIGHEST = 200;

/** The sample of encoders with `webq` as that queue. */
export function dropping(capture: Recording): Recording {
  const elements = capture.topology.elements.map((e) => (e.name === "webq" ? { ...e, leaky: true } : e));
  const id = elements.find(({ name }) => name === "webq")?.id ?? 0;
  const pads = capture.topology.pads.filter(({ element }) => element === id);
  const [sink = 0, source = 0] = ["sink", "src"].map((name) => pads.find((pad) => pad.direction === name)?.id);
  const cells = capture.cells.map(
    (cell): CellSnapshot =>
      cell.pad === sink ? { ...cell, buffers: cell.buffers + DROPPED, invocations: cell.invocations + DROPPED } : cell,
  );
  const like = cells.find(({ pad }) => pad === sink);
  if (like === undefined) throw new Error("no queue");
  const queue: CellSnapshot = {
    ...like,
    ...{ pad: sink, peer: source, kind: "queue", dropped: DROPPED, level: 0, highestLevel: HIGHEST },
  };
  return { ...capture, topology: { ...capture.topology, elements }, cells: [...cells, queue] };
}
