// Which trials does a short run have that is fresh each time, how do they run side by side, and what do they count? Pure.
// SPDX-License-Identifier: MPL-2.0

/** Slowed down so much that the viewers stall within seconds. */
const kinds = {
  pipeline: { fits: ({ group, fault }) => group === "pipeline" && /=(1\.5|3)x$/.test(fault), alike: placeAndKind },
  delivery: { fits: ({ group }) => group === "delivery", alike: ({ fault }) => fault },
  kill: { fits: ({ kind }) => kind === "kill", alike: ({ id }) => id },
};

function placeAndKind({ fault }) {
  return fault.replace(/=.*/, "");
}

/** Of two, one is of the delivery; of twelve, three, and in one the pipeline is killed. */
function sharesOf(count) {
  const delivery = Math.max(count > 1 ? 1 : 0, Math.floor(count / 4));
  const kill = count >= 12 ? 1 : 0;
  return { pipeline: count - delivery - kill, delivery, kill };
}

/** So few are of every run of the tests, on machines of which little is known. */
const FEW = 4;
/** Faults that other programs cannot hide by taking the CPU, and stalls that do not come before the fault was seen. */
const isSteady = ({ kind, group, fault }) => kind !== "burn" && (group !== "delivery" || fault.includes("rate="));

/** In the order of the trials, no two alike as long as there are others. `spare`: another one, for the case that it is void. */
export function freshOf(trials, count) {
  const quiet = trials.filter(({ pipeline, variant, load }) => pipeline === "demo" && variant === undefined && !load);
  const demo = count > FEW ? quiet : quiet.filter(isSteady);
  return Object.entries(sharesOf(count)).flatMap(([name, share]) => {
    const { fits, alike } = kinds[name];
    const all = unlikeFirst(demo.filter(fits), alike);
    const spares = all.slice(share);
    return all.slice(0, share).map((trial, place) => ({ ...trial, spare: spares[place % (spares.length || 1)] }));
  });
}

function unlikeFirst(trials, alike) {
  const rounds = new Map();
  const round = (trial) => {
    const before = rounds.get(alike(trial)) ?? 0;
    rounds.set(alike(trial), before + 1);
    return before;
  };
  return trials.map((trial) => ({ trial, at: round(trial) })).sort((a, b) => a.at - b.at).map(({ trial }) => trial);
}

/** Each in the order of all. Who burns a CPU does not run beside another one that does: they would slow each other down. */
export function lanesOf(trials, count) {
  const lanes = Array.from({ length: count }, () => []);
  const isBurn = ({ kind }) => kind === "burn";
  lanes[0].push(...trials.filter(isBurn));
  for (const trial of trials.filter((one) => !isBurn(one)))
    lanes.reduce((least, lane) => (lane.length < least.length ? lane : least)).push(trial);
  const inOrder = (lane) => lane.toSorted((a, b) => trials.indexOf(a) - trials.indexOf(b));
  return lanes.filter((lane) => lane.length > 0).map(inOrder);
}

/** 95 % of the pipeline faults shall be answered rightly: of so many, one that is wrong is no sign that fewer are. */
const ENOUGH = 8;

/**
 * A void one that had another in its stead is not counted: that one is. `tolerated`: a wrong answer to a pipeline fault that the
 * bar allows; it is counted as skipped, for it holds nothing. Where none is at fault, every wrong one fails.
 */
export function countsOf(planned, results) {
  const found = new Map(results.map((result) => [result.id, result]));
  const last = planned.map(({ id, spare, group }) => {
    const own = found.get(id);
    return { id, group, ...(own?.outcome === "void" ? (found.get(spare?.id) ?? own) : own) };
  });
  const wrong = last.filter(({ group, outcome }) => group === "pipeline" && outcome === "wrong");
  const isEnough = last.filter(({ group }) => group === "pipeline").length >= ENOUGH;
  const tolerated = isEnough && wrong.length === 1 ? wrong : [];
  const nameOf = (one) =>
    tolerated.includes(one) ? "skipped" : ({ right: "passed", void: "skipped" }[one.outcome] ?? "failed");
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const one of last) counts[nameOf(one)]++;
  return { counts, tolerated, failed: last.filter((one) => nameOf(one) === "failed") };
}

/** Another one in its stead: once, and not on a machine on which not even health came. Never after a wrong one. */
export const wantsSpare = ({ spare }, { outcome, wasHealthy }) =>
  spare !== undefined && outcome === "void" && wasHealthy === true;
