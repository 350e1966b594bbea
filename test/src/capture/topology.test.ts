// Does topology.json come back as it was written, and does nothing else become more than empty fields?
import { expect, it } from "vitest";
import { parseTopology } from "../../../src/capture/topology.js";
import type { RecordedTopology } from "../../../src/model/recording.js";

const written: RecordedTopology = {
  pipelines: ["p", "p#2"],
  renamed: ["old"],
  elements: [
    {
      id: 7,
      path: "p/a\\/b",
      pipeline: "p",
      name: "a/b",
      factory: "queue",
      plugin: "coreelements",
      bin: false,
      source: false,
      sink: true,
      leaky: true,
      sync: true,
    },
  ],
  pads: [
    { id: 8, element: 7, name: "sink", caps: "video/x-raw, width=640", direction: "sink" },
    { id: 9, element: 7, name: "src_%u", caps: "", direction: "src" },
  ],
};

it("comes back as it was written", () => {
  expect(parseTopology(JSON.stringify(written))).toEqual(written);
});

it("an older one without flags and renamed pipelines has none of them set", () => {
  const { renamed: _, ...rest } = written;
  const old = { ...rest, pads: written.pads.map(({ caps: _, ...pad }) => pad) };
  const elements = [{ id: 7, path: "p/a", pipeline: "p", name: "a", factory: "queue", plugin: "x", bin: true }];
  const read = parseTopology(JSON.stringify({ ...old, elements }));
  expect(read?.renamed).toEqual([]);
  expect(read?.pads.map(({ caps }) => caps)).toEqual(["", ""]);
  expect(read?.elements[0]).toEqual({ ...elements[0], source: false, sink: false, leaky: false, sync: false });
});

it("what is no JSON is none; JSON of another shape is an empty one", () => {
  const empty = { pipelines: [], renamed: [], elements: [], pads: [] };
  for (const text of ["", "{", "nonsense", '{"pads":[}']) expect(parseTopology(text)).toBeNull();
  for (const text of ["[]", "null", "7", '{"elements":{"length":3},"pads":"x","pipelines":7}'])
    expect(parseTopology(text)).toEqual(empty);
});

it("rows keep their places and become empty where they make no sense; a flag is only true when it says true", () => {
  const read = parseTopology('{"elements":[null,{"id":-1,"bin":1,"name":7},{"id":3}],"pads":[{"direction":"up"}]}');
  expect(read?.elements.map(({ id, name, bin }) => [id, name, bin])).toEqual([
    [0, "", false],
    [0, "", false],
    [3, "", false],
  ]);
  expect(read?.pads).toEqual([{ id: 0, element: 0, name: "", caps: "", direction: "sink" }]);
});
