// Are the published schema and the document those of the source, and do types, tables and schema name the same fields?
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import type { Static } from "@sinclair/typebox";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { collectedDocument } from "../src/collected.js";
import { batchFields, boundaryFields, eventFields, metaFields } from "../src/fields.js";
import { ajvOptions, batchSchema, boundarySchema, eventSchema, metaSchema } from "../src/schema.js";
import type { Boundary, PlayerEvent } from "../src/wire.js";
import { batch, boundary, event } from "./helpers/batches.js";

const root = new URL("../../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("the files are what the source says; else run node packages/contract/generate.mjs", () => {
  const published = text("packages/contract/schema/playback-events-1.0.json");
  expect(published).toBe(`${JSON.stringify(batchSchema, null, 2)}\n`);
  expect(text("docs/what-is-collected.md")).toBe(collectedDocument());
});

test("the published schema alone accepts and refuses, without a warning of ajv", () => {
  const warnings: unknown[] = [];
  const logger = { log: () => {}, warn: (...words: unknown[]) => warnings.push(words), error: () => {} };
  const validate = new Ajv({ ...ajvOptions, logger }).compile(
    JSON.parse(text("packages/contract/schema/playback-events-1.0.json")),
  );
  expect(validate(batch([event({ meta: { a: 1 } })], { session_boundaries: [boundary()] }))).toBe(true);
  expect(validate(batch([]))).toBe(false);
  expect(validate(batch([event({ meta: { "webrtc.ip": "x" } })]))).toBe(false);
  expect(validate({ ...batch([event()]), schema_version: "1.1" })).toBe(false);
  expect(warnings).toEqual([]);
});

test("every field of the schema is explained", () => {
  const { server_received_at: _, ...sent } = eventFields;
  expect(Object.keys(eventSchema.properties).sort()).toEqual(Object.keys(sent).sort());
  expect(Object.keys(boundarySchema.properties)).toEqual(Object.keys(boundaryFields));
  expect(Object.keys(metaSchema.properties)).toEqual(Object.keys(metaFields));
  expect(Object.keys(batchSchema.properties)).toEqual(Object.keys(batchFields));
  const described = [eventSchema, boundarySchema, metaSchema, batchSchema].flatMap(({ properties }) =>
    Object.values(properties),
  );
  expect(described.filter(({ description = "" }) => description.length < 4)).toEqual([]);
});

test("types and schema agree: what a type allows the schema does, and the reverse", () => {
  type Sent = Omit<Static<typeof eventSchema>, "meta" | "sequence_number" | "client_time_origin">;
  const sent = (given: PlayerEvent): Sent => given;
  const typed = (given: Static<typeof boundarySchema>): Record<keyof Boundary, string> => given;
  const both = (given: Boundary): Static<typeof boundarySchema> => given;
  const one = event() as unknown as PlayerEvent;
  expect(sent(one)).toBe(one);
  expect(typed(both(boundary() as unknown as Boundary))).toEqual(boundary());
});
