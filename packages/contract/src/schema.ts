// Which JSON may a player send? The schemas are the contract: schema/playback-events-1.0.json is written from them.
// SPDX-License-Identifier: MPL-2.0
import { type TSchema, Type } from "@sinclair/typebox";
import { batchFields, boundaryFields, eventFields, metaFields } from "./fields.js";
import {
  adapters,
  connectionStates,
  detailStatuses,
  dtlsStates,
  iceStates,
  limits,
  networkKinds,
  SCHEMA_VERSION,
  unavailableReasons,
  webrtcErrors,
} from "./names.js";
import { TIMESTAMP } from "./timestamps.js";

/** With which ajv compiles these schemas without a warning. */
export const ajvOptions = { allowUnionTypes: true } as const;

const MAX_NAME = 256;
/** Something visible in it, no control character, and every character whole. */
const NAME = "^(?=.*\\S)[^\\p{Cc}\\p{Cs}]+$";

const described = (fields: Record<string, { purpose: string }>, name: string) => ({
  description: `${fields[name]?.purpose ?? ""}.`,
});
const name = (more: object) => Type.String({ pattern: NAME, maxLength: MAX_NAME, ...more });
const time = (more: object) => Type.String({ pattern: TIMESTAMP, maxLength: 64, ...more });
const oneOf = (values: readonly string[], more: object) =>
  Type.Unsafe<string>({ type: "string", enum: values, ...more });
const count = (more: object) => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...more });
/** Some JSON libraries write an absent value as null. */
const absent = (schema: TSchema, more: object) => Type.Optional(Type.Union([schema, Type.Null()], more));
const anyValue = (more: object = {}) => Type.Unsafe({ type: ["string", "number", "boolean", "null"], ...more });

const reserved: Record<string, (more: object) => TSchema> = {
  "network.kind": (more) => oneOf(networkKinds, more),
  "network.detail_status": (more) => oneOf(detailStatuses, more),
  "network.unavailable_reason": (more) => oneOf(unavailableReasons, more),
  "network.redacted_url": (more) => Type.String(more),
  session_sample_rate: (more) => Type.Number({ exclusiveMinimum: 0, maximum: 1, ...more }),
  "webrtc.peer_connection_run_id": (more) => Type.String({ pattern: "^[a-z0-9_-]{1,64}$", ...more }),
  "webrtc.sample_id": count,
  "webrtc.connection_state": (more) => oneOf(connectionStates, more),
  "webrtc.ice_state": (more) => oneOf(iceStates, more),
  "webrtc.dtls_state": (more) => oneOf(dtlsStates, more),
  "webrtc.packets_lost": count,
  "webrtc.bytes_received": count,
  "webrtc.bytes_sent": count,
  "webrtc.error_code": (more) => oneOf(webrtcErrors, more),
  "webrtc.error_detail": (more) => Type.String({ maxLength: 256, ...more }),
};

/** Keys of other programs may have our names: where the contract reserves no type, any value is kept. */
const metaProperties = Object.fromEntries(
  Object.keys(metaFields).map((key) => {
    const schema = reserved[key] ?? anyValue;
    return [key, Type.Optional(schema(described(metaFields, key)))];
  }),
);

const webrtcKeys = Object.keys(metaFields)
  .filter((key) => key.startsWith("webrtc."))
  .map((key) => key.slice("webrtc.".length));

export const metaSchema = Type.Object(metaProperties, {
  ...described(eventFields, "meta"),
  patternProperties: {
    "^timing[.]": { anyOf: [{ type: "number" }, { type: "string", pattern: TIMESTAMP }] },
    [`^webrtc[.](?!(?:${webrtcKeys.join("|")})$)`]: { not: {} },
  },
  additionalProperties: anyValue(),
  if: { type: "object", required: ["network.unavailable_reason"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    type: "object",
    required: ["network.detail_status"],
    properties: { "network.detail_status": { const: "network_detail_unavailable" } },
  },
});

export const eventSchema = Type.Object({
  event_name: name(described(eventFields, "event_name")),
  project_id: name(described(eventFields, "project_id")),
  session_id: name(described(eventFields, "session_id")),
  client_timestamp: time(described(eventFields, "client_timestamp")),
  sdk: Type.Object({ name: name({}), version: name({}) }, described(eventFields, "sdk")),
  sequence_number: absent(count({}), described(eventFields, "sequence_number")),
  client_time_origin: absent(time({}), described(eventFields, "client_time_origin")),
  meta: absent(metaSchema, described(eventFields, "meta")),
});

export const boundarySchema = Type.Object({
  kind: oneOf(["network_signal_absent"], described(boundaryFields, "kind")),
  project_id: name(described(boundaryFields, "project_id")),
  session_id: name(described(boundaryFields, "session_id")),
  network_kind: oneOf(networkKinds, described(boundaryFields, "network_kind")),
  adapter: oneOf(adapters, described(boundaryFields, "adapter")),
  reason: oneOf(unavailableReasons, described(boundaryFields, "reason")),
  client_timestamp: time(described(boundaryFields, "client_timestamp")),
});

/** For documents and other programs; the service checks event by event, in the order of src/check-batch.ts. */
export const batchSchema = Type.Object(
  {
    schema_version: Type.Literal(SCHEMA_VERSION, described(batchFields, "schema_version")),
    events: Type.Array(eventSchema, { minItems: 1, maxItems: limits.events, ...described(batchFields, "events") }),
    session_boundaries: absent(
      Type.Array(boundarySchema, { maxItems: limits.boundaries }),
      described(batchFields, "session_boundaries"),
    ),
  },
  {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: `urn:gst-pyroscope:playback-events:${SCHEMA_VERSION}`,
    title: "Body of POST /api/playback-events",
  },
);
