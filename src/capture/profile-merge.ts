// How do several profiles become one coarser one? Equal stacks of equal labels add up, rare ones are folded; no nanosecond is lost.
// SPDX-License-Identifier: MPL-2.0

import {
  Function as Code,
  Label,
  Line,
  Location,
  Mapping,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";
import { FOLDED_FRAME } from "../model/symbol.js";
import { NumberedRows } from "./numbered-rows.js";

/** Finer than what is merged: a span is over long before. */
const FINER = new Set(["span_id"]);

/**
 * Uncompressed in and out; `durationNs`: of all together, for their own times may lie on both sides of a step of the clock. As many samples stay as the largest of them has, the heaviest; the others become one for each
 * label set.
 */
export function mergeProfiles(profiles: readonly Uint8Array[], durationNs: number): Uint8Array {
  const merged = new MergedProfile({ durationNs });
  let most = 0;
  for (const bytes of profiles) {
    const profile = Profile.decode(bytes);
    most = Math.max(most, profile.sample.length);
    merged.add(profile);
  }
  return merged.encode(most);
}

/** Of a text: name of a function, path of a file, value of the label that is named, or another one. */
export type TextRole = "function" | "file" | "other" | `label ${string}`;

type TextOf = (index: number | bigint, role?: TextRole) => number;

export interface MergeOptions {
  durationNs: number;
  /** What a text of the profiles becomes. */
  text?: (text: string, role: TextRole) => string;
  /** Whether the samples of this element are wanted: the label "path". */
  wants?: (path: string) => boolean;
}

/** Takes one profile after the other. */
export class MergedProfile {
  readonly #strings = new StringTable();
  readonly #mappings = new NumberedRows<Mapping>();
  readonly #functions = new NumberedRows<Code>();
  readonly #locations = new NumberedRows<Location>();
  readonly #samples = new Map<string, Sample & { labels: string }>();
  #first: Profile | undefined;
  readonly #options: MergeOptions;

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  /** Different stacks, each for every label set. */
  get samples(): number {
    return this.#samples.size;
  }

  add(profile: Profile): void {
    const { text: shown = (of: string) => of, wants } = this.#options;
    const textAt = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
    const ids = new Map<TextRole, number[]>();
    const text: TextOf = (index, role = "other") => {
      const known = ids.get(role) ?? [];
      if (known.length === 0) ids.set(role, known);
      known[Number(index)] ??= this.#strings.dedup(shown(textAt(index), role));
      return known[Number(index)] ?? 0;
    };
    this.#head(profile, text);
    const mappings = new Map(profile.mapping.map((one) => [Number(one.id), this.#mapping(one, text)]));
    const functions = new Map(profile.function.map((one) => [Number(one.id), this.#function(one, text)]));
    const locations = new Map(
      profile.location.map((one) => [Number(one.id), this.#location(one, mappings, functions)]),
    );
    for (const { locationId, value, label } of profile.sample) {
      const path = label.find(({ key }) => textAt(key) === "path");
      if (wants !== undefined && !wants(textAt(path?.str ?? 0))) continue;
      const labels = label
        .filter(({ key }) => !FINER.has(textAt(key)))
        .map(({ key, str }) => new Label({ key: text(key), str: text(str, `label ${textAt(key)}`) }));
      this.#book(
        locationId.flatMap((id) => locations.get(Number(id)) ?? []),
        value.map(Number),
        labels,
      );
    }
  }

  encode(keep: number): Uint8Array {
    return (this.#samples.size <= keep ? this : this.folded(keep)).#profile().encode();
  }

  /** With the heaviest `keep` stacks; what the others burned stays with its labels. This one is used up. */
  folded(keep: number): MergedProfile {
    this.#fold(keep);
    const clean = new MergedProfile(this.#options); // without the names of what was folded
    clean.add(this.#profile());
    return clean;
  }

  #profile(): Profile {
    const first = this.#first;
    if (first === undefined) throw new Error("nothing to merge");
    return new Profile({
      sampleType: first.sampleType,
      sample: [...this.#samples.values()],
      mapping: this.#mappings.rows,
      location: this.#locations.rows,
      function: this.#functions.rows,
      stringTable: this.#strings,
      timeNanos: BigInt(first.timeNanos),
      durationNanos: BigInt(Math.round(this.#options.durationNs)),
      ...(first.periodType !== undefined && { periodType: first.periodType }),
      period: first.period,
    });
  }

  #head(profile: Profile, text: TextOf): void {
    const type = ({ type: what, unit }: ValueType) => new ValueType({ type: text(what), unit: text(unit) });
    this.#first ??= new Profile({
      sampleType: profile.sampleType.map(type),
      timeNanos: profile.timeNanos,
      ...(profile.periodType !== undefined && { periodType: type(profile.periodType) }),
      period: profile.period,
    });
  }

  #mapping(one: Mapping, text: TextOf): number {
    const [filename, buildId] = [text(one.filename, "file"), text(one.buildId)];
    const row = this.#mappings.row(
      `${filename} ${buildId} ${one.hasFunctions}`,
      (id) => new Mapping({ ...one, id, filename, buildId }),
    );
    if (row.memoryLimit < one.memoryLimit) row.memoryLimit = one.memoryLimit;
    return Number(row.id);
  }

  #function(one: Code, text: TextOf): number {
    const [name, systemName, filename] = [
      text(one.name, "function"),
      text(one.systemName, "function"),
      text(one.filename, "file"),
    ];
    const make = (id: number) => new Code({ ...one, id, name, systemName, filename });
    return Number(this.#functions.row(`${name} ${systemName} ${filename} ${one.startLine}`, make).id);
  }

  #location(one: Location, mappings: Map<number, number>, functions: Map<number, number>): number {
    const mappingId = mappings.get(Number(one.mappingId)) ?? 0;
    const line = one.line.map((l) => new Line({ ...l, functionId: functions.get(Number(l.functionId)) ?? 0 }));
    const lines = line.map((l) => `${l.functionId}:${l.line}`).join(",");
    const make = (id: number) => new Location({ ...one, id, mappingId, line });
    return Number(this.#locations.row(`${mappingId} ${one.address} ${lines}`, make).id);
  }

  #book(locationId: number[], value: number[], label: Label[]): void {
    const labels = label.map(({ key, str }) => `${key}=${str}`).join(",");
    const key = `${labels} ${locationId.join(",")}`;
    const known = this.#samples.get(key);
    if (known === undefined)
      this.#samples.set(key, Object.assign(new Sample({ locationId, value, label }), { labels }));
    else known.value = known.value.map((n, i) => Number(n) + (value[i] ?? 0));
  }

  #fold(keep: number): void {
    const ranked = [...this.#samples.values()].sort((a, b) => Number(b.value[0]) - Number(a.value[0]));
    const name = this.#strings.dedup(FOLDED_FRAME);
    const { id: functionId } = this.#functions.row("folded", (id) => new Code({ id, name, systemName: name }));
    const line = [new Line({ functionId })];
    const place = Number(this.#locations.row("folded", (id) => new Location({ id, line })).id);
    this.#samples.clear();
    for (const [rank, { locationId, value, label }] of ranked.entries())
      this.#book(rank < keep ? locationId.map(Number) : [place], value.map(Number), label);
    this.#drop();
  }

  /** Frames that only the folded stacks went through. */
  #drop(): void {
    const used = new Set([...this.#samples.values()].flatMap(({ locationId }) => locationId.map(Number)));
    this.#locations.only(({ id }) => used.has(Number(id)));
    const functions = new Set(this.#locations.rows.flatMap(({ line }) => line.map((one) => Number(one.functionId))));
    this.#functions.only(({ id }) => functions.has(Number(id)));
  }
}
