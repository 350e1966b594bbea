// Are the windows and profiles of recorded samples still what they were when they were recorded, sample by sample?
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { Profile } from "pprof-format";
import { expect, it } from "vitest";
import type { DirectoryEntry, SampleBatch } from "../../../src/model/batch.js";
import { LabelSets } from "../../../src/model/label-sets.js";
import type { Label } from "../../../src/model/labels.js";
import { Topology } from "../../../src/model/topology.js";
import { loadNative } from "../../../src/native.js";
import { BatchLabels } from "../../../src/profile/batch-labels.js";
import { encodeProfiles } from "../../../src/profile/pprof.js";
import { type ProfileRequest, profileLimits } from "../../../src/profile/request.js";
import { SampleWindow } from "../../../src/profile/window.js";
import {
  type FoldedCase,
  type FoldedProfile,
  MadeUpSets,
  moduleOf,
  nameOf,
  waitOf,
} from "../../helpers/folded-cases.js";

const file = new URL("../../fixtures/folded-windows.json.br", import.meta.url);
const cases = JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as FoldedCase[];
const native = loadNative();

/** Takes the ticks of a case as a session does: the names that a tick brings are there before its samples are looked at. */
function taken({ ticks, real, limits, owners }: FoldedCase) {
  const topology = new Topology();
  const [sets, madeUp] = [new LabelSets(topology), new MadeUpSets()];
  const labels = new BatchLabels(native, real ? sets : madeUp);
  const window = new SampleWindow(native, limits);
  if (owners) window.takes("owners");
  let waiting: SampleBatch[] = [];
  const fold = () => {
    for (const batch of waiting) window.add(batch, labels.setsOf(batch));
    waiting = [];
  };
  for (const tick of ticks) {
    if ("entries" in tick) topology.add(tick.entries as DirectoryEntry[]);
    else waiting.push({ count: tick.count, records: Buffer.from(tick.records, "base64"), drained: true });
    if ("entries" in tick || !real) fold();
  }
  fold();
  const described = (set: number): Label[] => (real ? Object.entries(sets.labels(set)) : madeUp.labels(set));
  const module: ProfileRequest["module"] = (id) => (real ? topology.modules.get(id) : moduleOf(id));
  return { window: window.swap(), labels: described, module };
}

/** Each sample as text, in an order of their own; what is said of times and mappings first. */
function readable(bytes: Uint8Array): string[] {
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "?";
  const functions = new Map(
    profile.function.map((f) => [Number(f.id), [f.name, f.systemName, f.filename].map(text).join("|")]),
  );
  const mappings = new Map(
    profile.mapping.map((m) => {
      return [Number(m.id), [text(m.filename), text(m.buildId), m.memoryLimit, m.hasFunctions].join("|")];
    }),
  );
  const locations = new Map(
    profile.location.map((l) => {
      const lines = l.line.map(({ functionId, line }) => `${functions.get(Number(functionId))}:${line}`);
      return [Number(l.id), `${mappings.get(Number(l.mappingId))} ${l.address} ${lines.join()}`];
    }),
  );
  const samples = profile.sample.map(({ locationId, value, label }) => {
    const labels = label.map(({ key, str }) => `${text(key)}=${text(str)}`);
    return [...value, ...labels, ...locationId.map((id) => locations.get(Number(id)))].join("\n");
  });
  const { timeNanos, durationNanos, period, periodType } = profile;
  const types = [periodType, ...profile.sampleType].map((type) => text(type?.type ?? 0) + text(type?.unit ?? 0));
  return [`${timeNanos} ${durationNanos} ${period} ${types}`, ...samples.sort()];
}

const kinds = cases.map((one) => [one.name, one] as const);

it.each(kinds)("%s: the window has the same counts", (_, one) => {
  const { window } = taken(one);
  const { samples, totalNs, folded, refused, rows, frames } = window;
  expect({ samples, totalNs, folded, refused, rows: rows.length, frames: frames.length }).toEqual(one.window);
});

it.each(kinds)("%s: the profiles have the same samples, and the same is counted of them", (_, one) => {
  const { window, labels, module } = taken(one);
  const limits = {
    bytes: one.profileBytes || profileLimits.bytes,
    samples: one.profileSamples || profileLimits.samples,
  };
  const profilesOf = ({ kind, forServer }: FoldedProfile) =>
    encodeProfiles(window, {
      encode: native.encodePprof,
      ...{ kind, timeNanos: 1_700_000_000_123_456_789n, durationNs: 10e9, sampleRate: 100, limits },
      ...{ leaveUnnamed: forServer, markInferred: !forServer, wait: waitOf, labels, name: nameOf, module },
    });
  for (const recorded of one.profiles) {
    const parts = profilesOf(recorded);
    expect(parts.map(({ bytes }) => readable(bytes))).toEqual(
      recorded.parts.map((bytes) => readable(Buffer.from(bytes, "base64"))),
    );
    expect(parts).toMatchObject(recorded.sums);
  }
});

it("every kind of sample is among them", () => {
  expect(cases.length).toBeGreaterThan(12);
  const sum = (of: (one: FoldedCase) => number) => cases.reduce((all, one) => all + of(one), 0);
  for (const count of [sum(({ window }) => window.folded), sum(({ window }) => window.refused)])
    expect(count).toBeGreaterThan(0);
  expect(cases.filter(({ real }) => real).every(({ window }) => window.samples > 100)).toBe(true);
});
