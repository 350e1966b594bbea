// How do the windows and counts of one target get into its capture? A capture that cannot be written holds nothing else back.
// SPDX-License-Identifier: MPL-2.0

import type { AgentState } from "../../capture/format.js";
import type { CaptureWriter } from "../../capture/writer.js";
import { agentState } from "./agent-state.js";
import type { CaptureWindows } from "./capture-windows.js";
import type { WindowSlice } from "./sample-path.js";
import type { Sink, SinksRequest } from "./sink.js";

export class CaptureSink implements Sink {
  readonly #capture: CaptureWriter;
  readonly #request: SinksRequest;
  readonly #windows: Pick<CaptureWindows, "beat" | "end" | "written">;
  #problem = "";

  static async open(capture: CaptureWriter, request: SinksRequest): Promise<CaptureSink> {
    // Not with the program: an agent without a capture has no use for it.
    const { CaptureWindows } = await import("./capture-windows.js");
    return new CaptureSink(capture, request, await CaptureWindows.open(capture, request));
  }

  constructor(
    capture: CaptureWriter,
    request: SinksRequest,
    windows: Pick<CaptureWindows, "beat" | "end" | "written">,
  ) {
    this.#capture = capture;
    this.#request = request;
    this.#windows = windows;
  }

  beat(): void {
    this.#windows.beat();
  }

  ended(): void {
    this.#windows.end();
  }

  send(slice: WindowSlice): Promise<void> {
    return this.#try(async () => {
      const profiles = this.#request.path.encode(slice, { paths: true, leaveUnnamed: false });
      for (const { bytes, timeNanos, uniqueSamples: _, ...info } of profiles)
        await this.#capture.addProfile(bytes, { startUnixNs: timeNanos, atNs: slice.atNs, ...info });
      await this.#capture.progress(...this.#now());
    });
  }

  flush(): Promise<void> {
    return this.#try(() => this.#capture.snapshot(...this.#now()));
  }

  /** Comes before the servers: it depends on none of them, and is what a person waits for. */
  async close(): Promise<void> {
    await this.#windows.written();
    const [topology, cells, state, agent] = this.#now();
    const modules = this.#request.path.modules();
    await this.#try(() => this.#capture.finish({ topology, cells, state, agent, modules }));
    await this.#report();
  }

  /** Adds what was lost since close(). */
  async amend(): Promise<void> {
    await this.#try(async () => {
      if (await this.#capture.amend(this.#self())) await this.#report();
    });
  }

  release(): void {
    this.#capture.close();
  }

  #report(): Promise<string | null> {
    return this.#request.parts.request.report(this.#capture.dir, this.#capture.place);
  }

  /** Said once, for as long as it is the same. */
  async #try(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
      this.#problem = "";
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#problem) this.#request.parts.log.error(message);
      this.#problem = message;
    }
  }

  #now(): Parameters<CaptureWriter["snapshot"]> {
    const { path, parts, seen } = this.#request;
    const cells = path.allCells(); // before the topology is described: it may get a name for what ended
    return [parts.topology.describe(), cells, seen().state, this.#self()];
  }

  #self(): AgentState {
    const { seen } = this.#request;
    return agentState(this.#request, seen().state);
  }
}
