// What does topology.json say? Who the pads belong to and what the elements are called.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedTopology, TopologyElement, TopologyPad } from "../model/recording.js";
import { amount, each, flag, listOf, parseObject, shape, text } from "./fields.js";

const topology = shape<RecordedTopology>({
  ...each(listOf(text), "pipelines", "renamed"),
  elements: listOf(
    shape<TopologyElement>({
      id: amount,
      ...each(text, "path", "pipeline", "name", "factory", "plugin"),
      ...each(flag, "bin", "source", "sink", "leaky", "sync"),
    }),
  ),
  pads: listOf(
    shape<TopologyPad>({
      ...each(amount, "id", "element"),
      ...each(text, "name", "caps"),
      direction: (value) => (value === "src" ? "src" : "sink"),
    }),
  ),
});

/** null when the text is no JSON. Fields that are missing or of another type become 0, "", false or empty. */
export function parseTopology(content: string): RecordedTopology | null {
  const json = parseObject(content);
  return json && topology(json);
}
