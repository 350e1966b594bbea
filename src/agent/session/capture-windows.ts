// What did the target do in each second, for its capture? Growth of its cells and owners of its samples, about once a second.
// SPDX-License-Identifier: MPL-2.0

import { type Places, pathOf, WindowOfElements } from "../../analysis/window-of-elements.js";
import type { CaptureWriter } from "../../capture/writer.js";
import { addHops } from "../../live/element-windows.js";
import { SeenHops } from "../../live/seen-hops.js";
import type { RecordedWindow } from "../../model/recorded-windows.js";
import type { Topology } from "../../model/topology.js";
import { Machine } from "./machine-load.js";
import type { LivePath } from "./sample-path.js";
import type { SinksRequest } from "./sink.js";
import { SAME_LOOK_MS, WindowBeat } from "./window-beat.js";

const WINDOW_MS = 1000;
/** Hops for which a second is enough: to look at one takes microseconds, and more of them are looked at less often. */
const HOPS_A_SECOND = 1000;

export class CaptureWindows {
  readonly #capture: CaptureWriter;
  readonly #request: SinksRequest;
  readonly #path: LivePath;
  readonly #hops = new SeenHops();
  readonly #machine = new Machine();
  readonly #places: Places;
  #beganNs: number;
  #processCpuNs: number;
  readonly #beat = new WindowBeat(WINDOW_MS);
  #problem = "";

  /** Of a target that was served before, only what comes from now on is in windows. */
  static async open(capture: CaptureWriter, request: SinksRequest): Promise<CaptureWindows> {
    const fromBegin = request.parts.request.pointedAt !== true && !capture.continued;
    return new CaptureWindows(capture, request, await request.path.openLive(fromBegin), fromBegin);
  }

  private constructor(capture: CaptureWriter, request: SinksRequest, path: LivePath, fromBegin: boolean) {
    const { clock, topology } = request.parts;
    this.#capture = capture;
    this.#request = request;
    this.#path = path;
    path.wants("owners");
    this.#places = placesIn(topology);
    if (!fromBegin) this.#hops.begin(request.path.allCells());
    this.#beganNs = fromBegin ? 0 : clock.atNs();
    this.#processCpuNs = fromBegin ? 0 : this.#cpuNs();
  }

  beat(): void {
    if (!this.#beat.isDue(() => WINDOW_MS * Math.max(1, this.#hops.size / HOPS_A_SECOND))) return;
    this.#request.observe(SAME_LOOK_MS);
    this.#cut();
  }

  /** The target is gone, and all that it left is taken. */
  end(): void {
    if (!this.#beat.end()) return;
    this.#cut();
    void this.#beat.made().then(() => this.#path.close());
  }

  /** Resolves when all windows so far are written. */
  written(): Promise<void> {
    return this.#beat.made();
  }

  #cut(): void {
    const { path, parts } = this.#request;
    const [atNs, endNs] = [this.#beganNs, parts.clock.atNs()];
    if (endNs <= atNs) return;
    const [cpuBefore, cpuNow] = [this.#processCpuNs, this.#cpuNs()];
    [this.#beganNs, this.#processCpuNs] = [endNs, cpuNow];
    const sums = this.#grown(path.allCells(), atNs);
    const machine = this.#machine.next();
    this.#beat.add(this.#path.cut(), {
      take: async (samples) => {
        sums.addSamples(samples);
        const time = { atNs: Math.round(atNs), durationNs: Math.round(endNs - atNs), merged: 1 };
        const processCpuNs = Math.max(0, cpuNow - cpuBefore);
        const window: RecordedWindow = { ...time, processCpuNs, machine, ...sums.sums() };
        await this.#capture.addWindow(window);
        this.#problem = "";
      },
      failed: (error) => this.#say(error),
    });
  }

  /** Once, for as long as it is the same. */
  #say({ message }: Error): void {
    if (message !== this.#problem) this.#request.parts.log.error(`a window of the capture was not written: ${message}`);
    this.#problem = message;
  }

  #grown(cells: ReturnType<SinksRequest["path"]["allCells"]>, atNs: number): WindowOfElements {
    const sums = new WindowOfElements(this.#places);
    addHops(sums, this.#hops.look(cells, atNs).packed, this.#hops);
    this.#hops.forgetBefore(atNs);
    return sums;
  }

  /** Since the first timer, as a report has it. */
  #cpuNs(): number {
    const { processCpuNs, processCpuBeginNs } = this.#request.seen().state;
    return processCpuNs - processCpuBeginNs;
  }
}

const placesIn = (topology: Topology): Places => ({
  ofPad: (id) => {
    const pad = topology.pads.get(id);
    return pad && pathOf(pad, topology.elements.get(pad.element)?.path);
  },
});
