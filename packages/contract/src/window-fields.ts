// What is each field of a pipeline's window for, and how long is it kept? TABLE: docs/what-is-collected.md is made of it.
// SPDX-License-Identifier: MPL-2.0
import type { Field } from "./fields.js";

/** Two hours, then in sums of ten seconds for a day; around a stall of a viewer as long as that viewer's session. */
const ofWindow = (purpose: string): Field => ({ purpose, kept: "window" });
const never = (purpose: string): Field => ({ purpose, kept: "never" });

export const windowBatchFields = {
  schema_version: never("Version of this format; a service refuses one that it does not know"),
  project_id: ofWindow("Whose pipelines they are; must be the project of the token"),
  sent_at: never("When it was sent, by the agent's clock: tells how far that is from the service's"),
  windows: never("What each pipeline did, oldest first"),
} as const satisfies Record<string, Field>;

export const windowFields = {
  stream_id: ofWindow("Under which name viewers know what the pipeline makes"),
  stream_source: ofWindow("Where that name comes from"),
  pipeline: ofWindow("Name of the pipeline"),
  service: ofWindow("Name under which a profile server knows the process"),
  host: ofWindow("Name of the machine"),
  run_id: ofWindow("Tells one run of the pipeline from the next"),
  topology: ofWindow("Tells whether the same elements are linked in the same way"),
  state: ofWindow("State of the pipeline"),
  from: ofWindow("Begin of the window; kept by the service's clock"),
  to: ofWindow("End of the window; likewise"),
  process_cpu_ms: ofWindow("CPU time of the whole process"),
  machine: ofWindow("Load, number of CPUs, time stolen by other virtual machines, pressure"),
  losses: ofWindow("Samples and records that were lost"),
  elements: ofWindow("What each element did: the next table"),
  sinks: ofWindow("How many buffers, and how much media, left the pipeline by each sink"),
  end: ofWindow("How the process or the pipeline ended: exit code, signal, flow return, error message"),
  stacks: ofWindow("Call stacks of elements, by names of functions, when the service asked for them"),
} as const satisfies Record<string, Field>;

export const elementFields = {
  path: ofWindow("Name of the element, with its bins and its pipeline"),
  factory: ofWindow("What kind of element it is"),
  class: ofWindow("Whether it works, waits for others, or is a source or a sink"),
  threads: ofWindow("Names of the streaming threads that run it"),
  feeds: ofWindow("Which elements get its buffers"),
  buffers_in: ofWindow("Buffers that it got"),
  buffers_out: ofWindow("Buffers that it handed on"),
  bytes_in: ofWindow("Size of the buffers that it got; never what is in them"),
  own_ms: ofWindow("Time in its own functions"),
  driver_ms: ofWindow("Time to make or fetch buffers, of an element that drives a thread"),
  cpu_ms: ofWindow("CPU time"),
  blocked_ms: ofWindow("Time in which its threads waited, by what they waited for"),
  queue: ofWindow("How full a queue was"),
  drops: ofWindow("Buffers that a leaky queue threw away"),
  flow_errors: ofWindow("Flow returns that were not ok"),
} as const satisfies Record<string, Field>;

/** What the service makes of events and windows. */
export const answerFields = {
  "verdict of a stall": {
    purpose:
      "Why a viewer's picture stopped: element, host, source, delivery, pipeline_down or unknown, with its evidence",
    kept: "session",
  },
  "path of a manifest": {
    purpose: "Which stream a redacted path stands for: what the service has learned, or a person said",
    kept: "removal",
  },
  "what is usual": {
    purpose: "Rates and work of a stream's elements when it published in time",
    kept: "session",
  },
} as const satisfies Record<string, Field>;
