// Which frames of a profile have no symbol, and how do they get one later? pprof in, pprof out; nothing else of it changes. Pure.
// SPDX-License-Identifier: MPL-2.0

import { Function as Code, Line, Location, type Mapping, Profile } from "pprof-format";
import { ProtoWriter } from "../encoding/proto-writer.js";
import { attempt } from "../model/attempt.js";
import { wellFormed } from "../model/labels.js";
import { moduleName } from "../model/module-name.js";
import { FOLDED_FRAME, type FrameLine, GENERATED_CODE, GENERATED_FOR, MAX_NAME, MAX_PATH } from "../model/symbol.js";
import { Pprof, SAMPLE } from "./pprof.js";

/** What a frame's name was made of; "none": of its module and address, or of less. */
export type Origin = "symbol" | "type" | "role" | "none";

/** Code at one address of a module that has a build-id. */
export interface Place {
  path: string;
  buildId: string;
  address: number;
  origin: Origin;
  /** Its source line is known. */
  hasLine: boolean;
}

/** Several of ours, merged, have not nearly as many. */
const MOST_SAMPLES = 50_000;
export const MOST_PROFILE_BYTES = 16 * 2 ** 20;

/** Frames that stand for no code. */
const MARKS = new Set(["(no stack)", "(frames left out)", FOLDED_FRAME]);
/** What the agent calls code that no file describes. */
const NAMELESS = /^(\[(unknown|unloaded|anon|orc jit|vdso)\]|\(stack not seen\))/;
const ADDRESS = /\+(fn@|code@)?0x[0-9a-f]+$/;

export class ProfileNames {
  /** Without samples: they are most of a profile, and hardly ever change. */
  readonly #profile: Profile;
  #samples: Buffer;
  readonly #mappings: ReadonlyMap<number, Mapping>;
  readonly #functions: Map<number, Code>;
  /** Functions that are called by their symbol, by name and file. */
  readonly #symbols = new Map<string, number>();
  #lastFunction = 0;
  #lastLocation = 0;

  /** Uncompressed. Throws when it is not well-formed, or larger than a profile of ours. */
  constructor(bytes: Buffer) {
    const { samples, others } = partsOf(bytes);
    this.#profile = Profile.decode(others);
    this.#samples = samples;
    this.#mappings = byId(this.#profile.mapping);
    this.#functions = byId(this.#profile.function);
    for (const { id } of this.#profile.location) this.#lastLocation = Math.max(this.#lastLocation, Number(id));
    for (const [id, { name, systemName, filename }] of this.#functions) {
      this.#lastFunction = Math.max(this.#lastFunction, id);
      if (name === systemName) this.#symbols.set(`${this.#text(name)}\0${this.#text(filename)}`, id);
    }
  }

  /** Each location whose module can be told by its build-id. */
  *places(): Generator<Place> {
    for (const location of this.#profile.location) {
      const place = this.#place(location);
      if (place !== undefined) yield place;
    }
  }

  /**
   * `linesOf`: what a place is called now, the innermost inlined function first; undefined where nothing is known.
   * A name by symbol stays, and gets lines. Returns how many locations have another name or a line since.
   */
  name(linesOf: (place: Place) => readonly FrameLine[] | undefined): number {
    let changed = 0;
    for (const location of this.#profile.location) {
      const place = this.#place(location);
      if (place === undefined || !isOpen(place)) continue;
      const lines = linesOf(place) ?? [];
      const own = lines.at(-1);
      if (own === undefined || (place.origin === "symbol" && !lines.some(({ line }) => line > 0))) continue;
      const name = place.origin === "symbol" ? this.#nameOf(location) : own.name;
      location.line = [...lines.slice(0, -1), { ...own, name }].map((line) => this.#line(line));
      changed++;
    }
    if (changed > 0) this.#afterCallers();
    return changed;
  }

  /** Of the time of all frames, each part by what names them; all 0 where there are no frames. */
  shares(): Record<Origin, number> {
    const ns = { symbol: 0, type: 0, role: 0, none: 0 };
    const origins = new Map<number, Origin>();
    for (const location of this.#profile.location)
      if (!MARKS.has(this.#nameOf(location))) origins.set(Number(location.id), this.#origin(location));
    new Pprof(this.#samples).samples(({ locations, values }) => {
      const own = values.length > 0 ? (values.items[0] ?? 0) : 0;
      for (let i = 0; i < locations.length; i++) {
        const origin = origins.get(locations.items[i] ?? 0);
        if (origin !== undefined) ns[origin] += own;
      }
    });
    const all = Math.max(1, ns.symbol + ns.type + ns.role + ns.none);
    return { symbol: ns.symbol / all, type: ns.type / all, role: ns.role / all, none: ns.none / all };
  }

  /** Without the functions that are nobody's name any more. Throws where damage that was read would be written as something else. */
  encode(): Uint8Array {
    const used = new Set(this.#profile.location.flatMap(({ line }) => line.map((one) => Number(one.functionId))));
    this.#profile.function = this.#profile.function.filter(({ id }) => used.has(Number(id)));
    const bytes = Buffer.concat([this.#profile.encode(), this.#samples]);
    partsOf(bytes);
    return bytes;
  }

  #place(location: Location): Place | undefined {
    const mapping = this.#mappings.get(Number(location.mappingId));
    const [path, buildId] = [this.#text(mapping?.filename ?? 0), this.#text(mapping?.buildId ?? 0)];
    if (buildId === "" || !path.startsWith("/")) return undefined;
    const origin = this.#origin(location);
    const hasLine = location.line.some(({ line }) => Number(line) > 0);
    return { path, buildId, address: Number(location.address), origin, hasLine };
  }

  #origin(location: Location): Origin {
    const code = this.#function(location);
    const name = this.#nameOf(location);
    const said = code !== undefined && code.systemName !== code.name ? this.#text(code.systemName) : "";
    const [, other] = /^(type|role) /.exec(said) ?? [];
    if (other !== undefined) return other as Origin;
    if (name === "" || NAMELESS.test(name)) return "none";
    const path = this.#text(this.#mappings.get(Number(location.mappingId))?.filename ?? 0);
    const [address] = ADDRESS.exec(name) ?? [];
    return address !== undefined && name === `${moduleName(path) || "[unknown]"}${address}` ? "none" : "symbol";
  }

  /** The function itself, not what was inlined into it. */
  #function(location: Location): Code | undefined {
    return this.#functions.get(Number(location.line.at(-1)?.functionId ?? 0));
  }

  #nameOf(location: Location): string {
    return this.#text(this.#function(location)?.name ?? 0);
  }

  #text(index: number | bigint): string {
    return this.#profile.stringTable.strings[Number(index)] ?? "";
  }

  #line({ name, file, line }: FrameLine): Line {
    const shown = wellFormed(name, MAX_NAME) || "(unnamed)";
    const source = wellFormed(file, MAX_PATH);
    const key = `${shown}\0${source}`;
    let functionId = this.#symbols.get(key);
    if (functionId === undefined) {
      functionId = ++this.#lastFunction;
      const strings = this.#profile.stringTable;
      const [text, filename] = [strings.dedup(shown), strings.dedup(source)];
      const code = new Code({ id: functionId, name: text, systemName: text, filename });
      this.#profile.function.push(code);
      this.#functions.set(functionId, code);
      this.#symbols.set(key, functionId);
    }
    return new Line({ functionId, line });
  }

  /** Code made at run time is called after its caller, which may have a name only now: a location for each caller. */
  #afterCallers(): void {
    const locations = byId(this.#profile.location);
    if (!this.#profile.location.some((location) => this.#nameOf(location) === GENERATED_CODE)) return;
    const made = new Map<string, Location>();
    const used = new Set<number>();
    // Damage that a reader passes over leaves such code as it is called.
    const sample = attempt(() => Profile.decode(this.#samples).sample, []);
    for (const { locationId } of sample) {
      const stack = locationId.map((id) => locations.get(Number(id)));
      stack.forEach((location, i) => {
        const named = location && this.#afterCaller(location, stack.slice(i + 1), made);
        if (named !== undefined) locationId[i] = named.id;
        used.add(Number(locationId[i]));
      });
    }
    if (made.size === 0) return;
    const samples = new ProtoWriter();
    for (const one of sample) samples.message(SAMPLE, one.encode());
    this.#samples = Buffer.from(samples.view());
    this.#profile.location = [...this.#profile.location, ...made.values()].filter(({ id }) => used.has(Number(id)));
  }

  /** undefined: it has a name already, or its caller has none. */
  #afterCaller(
    location: Location,
    callers: readonly (Location | undefined)[],
    made: Map<string, Location>,
  ): Location | undefined {
    if (this.#nameOf(location) !== GENERATED_CODE) return undefined;
    const caller = callers.find((one) => one !== undefined && !isGenerated(this.#nameOf(one)));
    if (caller === undefined || this.#origin(caller) !== "symbol") return undefined;
    const innermost = this.#functions.get(Number(caller.line[0]?.functionId ?? 0));
    const name = `${GENERATED_FOR}${this.#text(innermost?.name ?? 0)}`;
    const key = `${location.id} ${name}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const id = ++this.#lastLocation;
    const copy = new Location({ ...location, id, line: [this.#line({ name, file: "", line: 0 })] });
    made.set(key, copy);
    return copy;
  }
}

/** A symbol, or a line, could still be added. */
export const isOpen = ({ origin, hasLine }: Place): boolean => origin !== "symbol" || !hasLine;

function partsOf(bytes: Buffer): { samples: Buffer; others: Buffer } {
  const profile = new Pprof(bytes);
  let samples = 0;
  profile.samples(() => samples++);
  if (samples > MOST_SAMPLES || bytes.length > MOST_PROFILE_BYTES) throw new Error("larger than a profile of ours");
  return profile.parted();
}

const isGenerated = (name: string): boolean => name === GENERATED_CODE || name.startsWith(GENERATED_FOR);

function byId<Row extends { id: number | bigint }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [Number(row.id), row]));
}
