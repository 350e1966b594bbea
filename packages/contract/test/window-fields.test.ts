// Does the document of what is collected have each field of a window, and no other?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { collectedDocument } from "../src/collected.js";
import { elementFields, windowBatchFields, windowFields } from "../src/window-fields.js";
import { elementWindowSchema, pipelineWindowSchema, windowBatchSchema } from "../src/window-schema.js";

test.each([
  ["the body", windowBatchFields, windowBatchSchema],
  ["a window", windowFields, pipelineWindowSchema],
  ["an element", elementFields, elementWindowSchema],
])("%s: each field of the schema has its row", (_, fields, schema) => {
  expect(Object.keys(fields).sort()).toEqual(Object.keys(schema.properties).sort());
  for (const [name, { purpose }] of Object.entries(fields))
    expect(collectedDocument()).toContain(`| \`${name}\` | ${purpose} |`);
});
