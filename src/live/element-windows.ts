// What did each element do in each window that is kept? As a capture tells it; made when somebody looks, once for each window.
// SPDX-License-Identifier: MPL-2.0

import { type Places, pathOf, WindowOfElements } from "../analysis/window-of-elements.js";
import { type RecordedWindow, unknownMachine } from "../model/recorded-windows.js";
import type { RecordedTopology } from "../model/recording.js";
import type { LiveWindow } from "./live-window.js";
import { eachHop } from "./packed-counts.js";
import type { SeenHops } from "./seen-hops.js";
import type { StackTable } from "./stack-table.js";

export class ElementWindows {
  readonly #made = new WeakMap<LiveWindow, RecordedWindow>();

  of(
    windows: readonly LiveWindow[],
    hops: SeenHops,
    table: StackTable,
    topology: () => RecordedTopology,
  ): RecordedWindow[] {
    let places: Places | null = null;
    return windows.map((window) => {
      const known = this.#made.get(window);
      if (known !== undefined) return known;
      places ??= placesIn(topology());
      const made = windowOf(window, hops, table, places);
      this.#made.set(window, made);
      return made;
    });
  }
}

function windowOf(window: LiveWindow, hops: SeenHops, table: StackTable, places: Places): RecordedWindow {
  const sums = new WindowOfElements(places);
  addHops(sums, window.packed, hops);
  sums.addSamples({ stacks: window.stacks.map((stack, i) => ({ owner: table.owner(stack), ns: window.ns[i] ?? 0 })) });
  const { atNs, durationNs, seconds, grown } = window;
  const { processCpuNs } = grown.target;
  return { atNs, durationNs, merged: seconds, processCpuNs, machine: unknownMachine, ...sums.sums() };
}

/** Of a window's counts. */
export function addHops(sums: WindowOfElements, packed: Uint8Array, hops: SeenHops): void {
  eachHop(packed, ({ hop, counts, level, highest, inclusive, exclusive }) => {
    const known = hops.at(hop);
    if (known === undefined) return;
    const [buffers = 0, bytes = 0, invocations = 0, , dropped = 0] = counts;
    const { kind, pad, peer } = known;
    const counted = { buffers, bytes, invocations, dropped, level, highestLevel: Math.max(level, highest) };
    sums.addHop({ kind, pad, peer, ...counted, inclusive: copied(inclusive), exclusive: copied(exclusive) });
  });
}

/** The next hop is read into the same arrays. */
const copied = ({ sumNs, buckets }: { sumNs: number; buckets: number[] }) => ({ sumNs, buckets: [...buckets] });

function placesIn({ elements, pads }: RecordedTopology): Places {
  const paths = new Map(elements.map(({ id, path }) => [id, path]));
  const found = new Map(pads.map((pad) => [pad.id, pathOf(pad, paths.get(pad.element))]));
  return { ofPad: (pad) => found.get(pad) };
}
