// Which JSON may a pipeline's agent send? schema/pipeline-windows-1.0.json is written from it; fields that it does not know are ignored.
// SPDX-License-Identifier: MPL-2.0
import { type TSchema, Type } from "@sinclair/typebox";
import { TIMESTAMP } from "./timestamps.js";
import { elementClasses, streamSources, WINDOW_VERSION, waitReasons, windowLimits } from "./window.js";

/** Characters. A path is a pipeline's, a bin's and an element's name; a text is an error's message. */
export const windowTextLimits = { name: 256, path: 2048, text: 1024 } as const;

/** Of threads, peers and stacks of one element or window: more are left out by who sends them. */
export const windowListLimits = { threads: 100, feeds: 100, stacks: 50, frames: 256 } as const;

/** Something visible in it, no control character, and every character whole. */
const NAME = "^(?=.*\\S)[^\\p{Cc}\\p{Cs}]+$";

const name = (maxLength: number = windowTextLimits.name) => Type.String({ pattern: NAME, maxLength });
const text = (maxLength: number) => Type.String({ maxLength });
const path = () => name(windowTextLimits.path);
const time = () => Type.String({ pattern: TIMESTAMP, maxLength: 64 });
const oneOf = <T extends string>(values: readonly T[]) => Type.Unsafe<T>({ type: "string", enum: values });
const count = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** A week in milliseconds: no window is longer, whatever the number of threads. */
const duration = () => Type.Number({ minimum: 0, maximum: 604_800_000 });
const share = () => Type.Number({ minimum: 0, maximum: 1 });
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const waits = Object.fromEntries(waitReasons.map((reason) => [reason, duration()]));

export const elementWindowSchema = Type.Object({
  path: path(),
  factory: text(windowTextLimits.name),
  class: oneOf(elementClasses),
  threads: Type.Array(path(), { maxItems: windowListLimits.threads }),
  feeds: Type.Array(path(), { maxItems: windowListLimits.feeds }),
  buffers_in: count(),
  buffers_out: count(),
  bytes_in: count(),
  own_ms: duration(),
  driver_ms: duration(),
  cpu_ms: orNull(duration()),
  blocked_ms: orNull(Type.Partial(Type.Object(waits))),
  queue: orNull(Type.Object({ level: count(), highest: count(), capacity: orNull(count()), wait_ms: duration() })),
  drops: count(),
  flow_errors: count(),
});

export const sinkWindowSchema = Type.Object({ path: path(), buffers: count(), media_ms: orNull(duration()) });

const endSchema = Type.Object({
  exit_code: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
  signal: Type.Optional(name()),
  flow: Type.Optional(name()),
  error: Type.Optional(text(windowTextLimits.text)),
});

const stackSchema = Type.Object({
  path: path(),
  frames: Type.Array(text(windowTextLimits.text), { maxItems: windowListLimits.frames }),
  ms: duration(),
});

export const pipelineWindowSchema = Type.Object({
  stream_id: name(128),
  stream_source: oneOf(streamSources),
  pipeline: name(windowTextLimits.path),
  service: name(),
  host: name(),
  run_id: name(),
  topology: name(),
  state: oneOf(["null", "ready", "paused", "playing", "ended"]),
  from: time(),
  to: time(),
  process_cpu_ms: orNull(duration()),
  machine: Type.Object({
    load: Type.Number({ minimum: 0 }),
    cpus: Type.Number({ exclusiveMinimum: 0 }),
    steal: orNull(share()),
    pressure: orNull(share()),
  }),
  losses: count(),
  elements: Type.Array(elementWindowSchema, { maxItems: windowLimits.elements }),
  sinks: Type.Array(sinkWindowSchema, { maxItems: windowLimits.elements }),
  end: Type.Optional(endSchema),
  stacks: Type.Optional(Type.Array(stackSchema, { maxItems: windowListLimits.stacks })),
});

/** Body of POST /api/pipeline-windows. */
export const windowBatchSchema = Type.Object(
  {
    schema_version: Type.Literal(WINDOW_VERSION),
    project_id: name(),
    sent_at: time(),
    windows: Type.Array(pipelineWindowSchema, { minItems: 1, maxItems: windowLimits.windows }),
  },
  {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: `urn:gst-pyroscope:pipeline-windows:${WINDOW_VERSION}`,
    title: "Body of POST /api/pipeline-windows",
  },
);
