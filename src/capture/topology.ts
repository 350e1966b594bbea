// What does topology.json say? Who the pads belong to and what the elements are called.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedTopology } from "../model/recording.js";
import { amount, list, object, text } from "./fields.js";

/** null when the text is no JSON object. */
export function parseTopology(content: string): RecordedTopology | null {
  let json: ReturnType<typeof object>;
  try {
    json = object(JSON.parse(content));
  } catch {
    return null;
  }
  return {
    pipelines: list(json.pipelines).map(text),
    renamed: list(json.renamed).map(text),
    elements: list(json.elements).map((value) => {
      const from = object(value);
      return {
        id: amount(from.id),
        path: text(from.path),
        pipeline: text(from.pipeline),
        name: text(from.name),
        factory: text(from.factory),
        plugin: text(from.plugin),
        bin: from.bin === true,
        source: from.source === true,
        sink: from.sink === true,
        leaky: from.leaky === true,
        sync: from.sync === true,
      };
    }),
    pads: list(json.pads).map((value) => {
      const from = object(value);
      return {
        id: amount(from.id),
        element: amount(from.element),
        name: text(from.name),
        direction: from.direction === "src" ? "src" : "sink",
      };
    }),
  };
}
