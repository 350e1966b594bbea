// What happens between a segment and a server? The only file that knows all parts.
// SPDX-License-Identifier: MPL-2.0

import type { Layers, Resolved } from "./config.js";

/** What `run` asks for before it starts the command. */
export interface HostRequest {
  resolved: Resolved;
  /** What `resolved` came from; the tracer's own parameters join it once a segment is seen. */
  layers: Layers;
  /** Where the capture goes; undefined: none is written. */
  captureDir: string | undefined;
}

export interface HostSummary {
  /** False: no process of the command offered a segment. */
  sawGStreamer: boolean;
  /** At most 12 lines of 80 columns for the terminal. */
  lines: string[];
}

/** An agent inside `run`: reads the segments of a command and of what that starts. */
export interface Host {
  /** The command runs; look for segments among its descendants, itself included. */
  watch(childPid: number): void;
  /** The command ended: drain, deliver, close the capture. Bounded by 10 seconds. */
  finish(): Promise<HostSummary>;
}

export type OpenHost = (request: HostRequest) => Promise<Host>;

/** Checks what can be checked before anything runs; nothing is written before a segment is seen. */
export const openHost: OpenHost = async () => {
  throw new Error("this build has no agent");
};

/** Serves one target until it is gone; the exit code. */
export async function runAgent(_source: { fd: number } | { pid: number }, _layers: Layers): Promise<number> {
  throw new Error("this build has no agent");
}

// What doctor looks at.
export { loadNative } from "./native.js";
export { probeServer } from "./output/probe.js";
