// Which trials are there, and in which order does a number put them? All places, kinds and sizes of faults, at both loads. Pure.
// SPDX-License-Identifier: MPL-2.0
import { shuffled } from "./plan.mjs";

const factors = [1.2, 1.5, 3];
const slow = ["burn", "sleep", "lock"];

/** The element is named by the end of its path. */
const blames = (element) => ({ verdict: "element", element });
const cases = (values, make) => values.flatMap((value) => make(value));
const times = (count, trial) => Array.from({ length: count }, () => ({ ...trial }));

const place = (pipeline, at, kind, factor) => ({
  ...{ pipeline, kind, fault: `${at}:${kind}=${factor}x`, group: "pipeline", expect: blames(`/${at}`) },
});
const places = (pipeline, at, of = factors) =>
  cases(at, (one) => cases(slow, (kind) => of.map((factor) => place(pipeline, one, kind, factor))));

const pipelineFaults = [
  ...places("demo", ["pre", "enc", "post", "aud"]),
  ...times(4, {
    pipeline: "x264",
    kind: "content",
    fault: "x264:content=snow",
    group: "pipeline",
    expect: blames("/x264"),
  }),
  ...cases(factors, (factor) =>
    times(2, {
      ...{ pipeline: "disk", kind: "disk", fault: `disk:rate=${factor}x`, group: "pipeline" },
      expect: blames("/giostreamsink\\d+"),
    }),
  ),
  ...cases(["high", "mid", "low"], (one) =>
    places("ladder", [`enc-${one}`], [1.5]).map((trial) => ({ ...trial, stream: `demo-${one}` })),
  ),
  ...places("chain", ["enc"], [1.5, 3]),
];

const delivery = (fault, count) =>
  times(count, { pipeline: "demo", kind: "delivery", fault, group: "delivery", expect: { verdict: "delivery" } });
const deliveryFaults = [
  ...delivery("net:rate=25kB/s", 4),
  ...delivery("net:rate=15kB/s", 4),
  ...delivery("net:stop", 6),
  ...delivery("net:status=500", 6),
];

const other = (kind, fault, verdict, count) =>
  times(count, { pipeline: "demo", kind, fault, group: "other", expect: { verdict } });
/** No stall is to be attributed; without a fault, or with one that is shorter than a player's buffer. */
const silent = (kind, fault, seconds, more) => ({
  ...{ pipeline: "demo", kind, fault, group: "silent", expect: { verdict: "silent" }, seconds },
  ...more,
});
const others = [
  ...other("host", "host:burners=16", "host", 4),
  ...other("gap", "source:gap=8s", "source", 2),
  ...other("gap", "source:gap=15s", "source", 2),
  ...other("kill", "pipeline:kill", "pipeline_down", 4),
  ...times(3, silent("short", "source:gap=1s", 60)),
  ...times(2, silent("none", "", 120)),
  silent("undisturbed", "", 1800, { viewers: 3 }),
];

const variantOf = (variant) => (trial) => ({
  ...trial,
  variant,
  group: trial.group === "pipeline" ? variant : trial.group,
});
/** With CMCD alone, and with a playlist that has no program time. */
const variants = ["cmcd", "stock"].flatMap((variant) =>
  [...places("demo", ["pre", "enc", "post", "aud"], [1.5]), ...delivery("net:rate=25kB/s", 2)].map(variantOf(variant)),
);

const numbered = (trials, load) =>
  trials.map((trial, index) => {
    const { pipeline, fault, variant } = trial;
    const words = [pipeline, variant, fault === "" ? "none" : fault, `load${load}`, String(index + 1).padStart(3, "0")];
    const id = words
      .filter((word) => word !== undefined)
      .join("-")
      .replaceAll(/[^A-Za-z0-9.]+/g, "-");
    return { id, load, ...trial };
  });

/** In an order that the number gives; ids are the same for each. */
export function trialsOf(seed) {
  const quiet = numbered([...pipelineFaults, ...deliveryFaults, ...others, ...variants], 0);
  return shuffled([...quiet, ...numbered([...pipelineFaults, ...deliveryFaults], 20)], seed);
}

/** Of delivery, of which more are void than of others, and undisturbed time: more of them, at both loads. */
export function moreTrialsOf(seed) {
  const undisturbed = silent("undisturbed", "", 1800, { viewers: 3 });
  const faults = ["net:rate=25kB/s", "net:rate=15kB/s", "net:stop", "net:status=500"];
  const quiet = numbered([...cases(faults, (fault) => delivery(fault, 2)), undisturbed], 0);
  const more = shuffled([...quiet, ...numbered([undisturbed], 20)], seed);
  return more.map((trial) => ({ ...trial, id: `more-${trial.id}` }));
}

/** Slow delivery beside load 20: of it a player stalls after two windows, which makes none of them void. */
export function rateTrialsOf(seed) {
  const faults = ["net:rate=25kB/s", "net:rate=15kB/s"];
  const all = shuffled(numbered(cases(faults, (fault) => delivery(fault, 4)), 20), seed);
  return all.map((trial) => ({ ...trial, id: `rates-${trial.id}` }));
}

/** A pipeline's machine, or a player, by whose clock it is another time. */
const wrong = [
  ...["+20s", "-20s"].map((agent_clock) => ({ agent_clock })),
  ...["+1h", "-1h"].map((player_clock) => ({ player_clock })),
];

/** Of each clock two: an element that waits, which no other program of the machine can hide, of the places in the number's order. */
export function clockTrialsOf(seed) {
  const all = places("demo", ["pre", "enc", "post", "aud"], [1.5, 3]).filter(({ kind }) => kind !== "burn");
  const some = shuffled(all, seed);
  const trials = wrong.flatMap((clock, at) => some.slice(2 * at, 2 * at + 2).map((trial) => ({ ...trial, ...clock })));
  return trials.map((trial, at) => {
    const words = [trial.agent_clock === undefined ? "player" : "agent", trial.agent_clock ?? trial.player_clock];
    const id = ["clock", ...words, trial.fault, String(at + 1).padStart(3, "0")].join("-");
    return { id: id.replaceAll(":", "-").replaceAll("=", "-"), load: 0, ...trial };
  });
}
