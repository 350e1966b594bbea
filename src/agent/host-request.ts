// What do `run` and the agent inside of it want of each other?
// SPDX-License-Identifier: MPL-2.0

import type { Layers, Resolved } from "../config/configuration.js";
import type { FetchState } from "../symbols/debuginfod.js";
import type { TargetRequest } from "./session/target-request.js";

/** What `run` asks for before it starts the command. */
export interface HostRequest {
  resolved: Resolved;
  /** What `resolved` came from; the tracer's own parameters join it once a segment is seen. */
  layers: Layers;
  /** Where the capture goes; undefined: none is written. */
  captureDir: string | undefined;
  /** A capture that is there may go. */
  replace: boolean;
}

export interface HostSummary {
  /** False: no process of the command offered a segment. */
  sawGStreamer: boolean;
  /** At most 12 lines of 80 columns for the terminal. */
  lines: string[];
  /** Processes of the command that go on, where none offered a segment. */
  leftBehind: readonly number[];
}

/** An agent inside `run`: reads the segments of a command and of what that starts. */
export interface Host {
  /** The command runs; look for segments among its descendants, itself included. */
  watch(childPid: number): void;
  /** Address of the live page, with its token; undefined: the options ask for none, or it cannot be served. */
  livePage(): Promise<string | undefined>;
  /** So many processes offered a segment so far. */
  profiled(): number;
  /** How far the debug files are that servers were asked for. */
  fetching(): FetchState;
  /** The command and all below it. */
  processes(): number[];
  /** The command ended, with this code: drain, deliver, close the capture. Bounded by 10 seconds and the time for the summary. */
  finish(code: number): Promise<HostSummary>;
}

export type OpenHost = (request: HostRequest) => Promise<Host>;

export interface HostParts {
  target: Omit<TargetRequest, "segment" | "pid" | "layers" | "captureDir" | "process">;
  request: HostRequest;
  terminal: { columns: number; colour: boolean };
}
