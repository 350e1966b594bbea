// How is a batch of events read that a player sent as JSON?
// SPDX-License-Identifier: MPL-2.0
import { checkBatch, eventsIn } from "@gst-pyroscope/contract/check-batch";
import { ajvOptions, boundarySchema, eventSchema } from "@gst-pyroscope/contract/schema";
import { Ajv } from "ajv";
import type { Format } from "./receive.js";

export function eventsFormat(): Format<unknown> {
  const ajv = new Ajv(ajvOptions);
  const validators = { event: ajv.compile(eventSchema), boundary: ajv.compile(boundarySchema) };
  return {
    decode: parsed,
    notDecoded: 'the body is not JSON: {"schema_version": "1.0", "events": [...]}',
    count: eventsIn,
    check: (json, project, receivedMs) => checkBatch(json, project, { receivedMs, validators }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
