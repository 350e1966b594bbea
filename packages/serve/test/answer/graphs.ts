// Which elements, threads and queues has the pipeline of a scenario?
// SPDX-License-Identifier: MPL-2.0

import { UNIT } from "./bookings.js";
import { costs, END, type Place, type Scenario, START } from "./costs.js";
import { type Mux, type Part, Run, type Source, type Stage } from "./simulation.js";

const usual = {
  conv: 0.004,
  before: 0.0005,
  enc: 0.012,
  after: 0.0005,
  parse: 0.0005,
  aconv: 0.001,
  audio: 0.0005,
  aenc: 0.003,
  sink: 0.001,
};
/** By place of the fault: the element. */
export const names: Record<Place, string> = {
  before: "before",
  after: "after",
  audio: "audio",
  encoder: "enc",
  workers: "enc",
  disk: "sink",
  low: "enc_low",
  chain: "before",
};

type CostOf = ReturnType<typeof costs>;

function parts(costOf: CostOf, guilty: string | null, ...list: [string, string][]): Part[] {
  return list.map(([name, factory]) => {
    const plain = name.split("_")[0] as keyof typeof usual;
    const kind = factory === "filesink" ? "sink" : "work";
    return { name, factory, class: kind, cost: costOf(name, usual[plain], name === guilty) };
  });
}

const stage = (queue: string, list: Part[], next: Stage["next"], capacity = 8): Stage => ({
  queue,
  capacity,
  parts: list,
  next,
});

const muxer = (name: string, queues: string[], sink: Part[]): Mux => ({
  name,
  queues,
  capacity: 6,
  parts: sink,
  done: [],
});

function encoder(costOf: CostOf, guilty: string | null, next: Stage["next"], workers: boolean): Stage["next"] {
  const enc = parts(costOf, guilty, ["enc", "x264enc"]);
  const rest = stage("qenc", parts(costOf, guilty, ["after", "identity"], ["parse", "h264parse"]), next);
  return workers ? [{ ...stage("conv_q", enc, [rest], 4), workers: true, thread: "qcap" }] : [rest];
}

/** Pictures and sound to one muxer and sink. */
export function plain(scenario: Scenario, at: Source["at"], name: string, place: Place | undefined, source = "vsrc") {
  const costOf = costs(scenario);
  const guilty = place === undefined ? null : names[place];
  const mux = muxer("mux", ["qvideo", "qaudio"], parts(costOf, guilty, ["sink", "filesink"]));
  const workers = place === "workers";
  const front: [string, string][] = [
    ["before", "identity"],
    ["conv", "videoconvert"],
  ];
  const chain = parts(costOf, guilty, ...front, ...(workers ? [] : [["enc", "x264enc"] as [string, string]]));
  const video = stage("qcap", chain, encoder(costOf, guilty, [mux], workers));
  const sound: [string, string][] = [
    ["audio", "identity"],
    ["aconv", "audioconvert"],
    ["aenc", "avenc_aac"],
  ];
  const audio = stage("qsnd", parts(costOf, guilty, ...sound), [mux]);
  const run = new Run(
    [
      { name: source, at, next: video },
      { name: source === "vsrc" ? "asrc" : `${source}_audio`, at, next: audio },
    ],
    name,
    scenario.media,
  );
  return { run: run.run(END), mux };
}

/** Three encoders behind a tee, each with its own muxer and sink; the viewer watches `low`. */
export function ladder(scenario: Scenario, at: Source["at"], guilty: string | null) {
  const costOf = costs(scenario);
  const muxes = ["low", "mid", "high"].map((name) =>
    muxer(`mux_${name}`, [`qmux_${name}`], parts(costOf, guilty, [`sink_${name}`, "filesink"])),
  );
  const branches = muxes.map((mux) => {
    const name = mux.name.slice(4);
    return stage(`q_${name}`, parts(costOf, guilty, [`enc_${name}`, "x264enc"], [`parse_${name}`, "h264parse"]), [mux]);
  });
  const head = stage("qcap", parts(costOf, guilty, ["conv", "videoconvert"], ["before_tee", "identity"]), branches);
  const run = new Run([{ name: "vsrc", at, next: head }], "pipeline0", scenario.media);
  return { run: run.run(END), mux: muxes[0] as Mux };
}

export function sourceAt({ fault, start = START }: Scenario): Source["at"] {
  const part = fault.source ?? 1;
  return (unit) => {
    const at = unit * UNIT;
    if (at < start || part === 1) return at;
    const lasts = fault.lasts ?? END;
    const slow = part === 0 ? at + lasts : start + (at - start) / part;
    return Math.min(slow, at + lasts);
  };
}
