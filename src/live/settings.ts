// Which settings of a running target can change, and what becomes of each that somebody asks for? TABLE: settings that change while it runs.
// SPDX-License-Identifier: MPL-2.0

import { didYouMean, parse } from "../config/option-values.js";
import { type OptionRow, optionTable, variableOf } from "../config/options.js";
import type { ControlChange } from "../model/segment-state.js";
import type { SettingResult } from "./live-target.js";

/** What the target says of its settings. */
export interface SettableState {
  enabled: boolean;
  sampleRate: number;
  wallRate: number;
  timing: string;
  /** A chain is traced when 56 bits of its trace id are no less. */
  spanThreshold: bigint;
  spanSlowNs?: number;
  spanP99?: boolean;
  /** What it cannot do, whatever the settings say. */
  cannot?: readonly string[];
}

export interface Controls {
  state(): SettableState;
  /** Writes the words that the target obeys; what it does not know is ignored. */
  control(change: ControlChange): unknown;
}

interface Settable {
  /** As the option is read. */
  row: OptionRow;
  /** undefined: no such value. */
  change: (value: unknown) => ControlChange | undefined;
  /** What counts now, as a person would write it; "": the target does not say. */
  now: (state: SettableState) => string;
  /** What must be possible for a value. */
  needs: (value: unknown) => "sample" | "wait" | "hook" | "trace" | undefined;
}

const SPAN_NEVER = 2n ** 56n;

const settable: Record<string, Settable> = {
  enabled: {
    row: { name: "enabled", type: "bool", default: "true", parameter: false, commands: [], readBy: "tracer", help: "" },
    change: (value) => ({ enabled: value === true }),
    now: ({ enabled }) => String(enabled),
    needs: () => undefined,
  },
  "sample-rate": {
    row: rowOf("sample-rate"),
    change: (value) => ({ sampleRate: Number(value) }),
    now: ({ sampleRate }) => String(sampleRate),
    needs: (value) => (value === 0 ? undefined : "sample"),
  },
  "wall-rate": {
    row: rowOf("wall-rate"),
    change: (value) => ({ wallRate: Number(value) }),
    now: ({ wallRate }) => String(wallRate),
    needs: (value) => (value === 0 ? undefined : "wait"),
  },
  timing: {
    row: rowOf("timing"),
    change: (value) => ({ timing: value as "off" | "wrap" | "hooks" }),
    now: ({ timing }) => timing,
    needs: (value) => (value === "hooks" ? "hook" : undefined),
  },
  "span-ratio": {
    row: rowOf("span-ratio"),
    change: (value) => {
      const ratio = value === "" ? Number.NaN : Number(value);
      return ratio >= 0 && ratio <= 1 ? { spanRatio: ratio } : undefined;
    },
    now: ({ spanThreshold }) => ratioOf(spanThreshold),
    needs: (value) => (Number(value) === 0 ? undefined : "trace"),
  },
  "span-slow": {
    row: rowOf("span-slow"),
    change: (value) => {
      if (value === "p99" || value === "off") return { spanSlow: value };
      return value !== "" && Number(value) > 0 && Number(value) <= 1e9 ? { spanSlow: Number(value) } : undefined;
    },
    now: ({ spanSlowNs, spanP99 }) =>
      spanP99 ? "p99" : spanSlowNs === undefined ? "" : spanSlowNs === 0 ? "off" : String(spanSlowNs / 1e6),
    needs: (value) => (value === "off" ? undefined : "trace"),
  },
};

/** Why not, and what to do instead. */
const unable = {
  sample: "this process has no signal free for samples, or another user took it: start it again without that one",
  wait: "no thread could be started that looks at what threads wait for: raise the limit of threads and start the program again",
  hook: "GStreamer takes hooks safely only before anything runs: start the program again with timing=hooks",
  trace: "this process has no room for spans: start it again with span-ratio set",
} as const;

/** Names that can be set, for help and completion. */
export const settableNames = Object.keys(settable);

/** Each by itself, in the order asked for. `controls`: null when the target has ended. */
export function changeSettings(changes: Readonly<Record<string, string>>, controls: Controls | null): SettingResult[] {
  return Object.entries(changes).map(([name, text]) => changeOne(name, text, controls));
}

function changeOne(name: string, text: string, controls: Controls | null): SettingResult {
  const found = Object.hasOwn(settable, name) ? settable[name] : undefined;
  if (found === undefined) return refused(name, "", notSettable(name));
  if (controls === null) return refused(name, "", "the process has ended; nothing of it can be changed any more");
  const { row, change, now, needs } = found;
  const before = now(controls.state());
  const { value, problem } = parse(row, text, undefined);
  const wanted = value === undefined ? undefined : change(value);
  if (wanted === undefined)
    return refused(
      name,
      before,
      `${problem ?? `${JSON.stringify(text)} is none of its values`}; it stays ${before || "as it was"}`,
    );
  const need = needs(value);
  if (need !== undefined && controls.state().cannot?.includes(need)) return refused(name, before, unable[need]);
  controls.control(wanted);
  const after = now(controls.state());
  if (after !== before) return { name, value: after, outcome: "changed", text: `${name}: ${before || "?"} → ${after}` };
  if (isSame(wanted, controls.state()))
    return { name, value: after, outcome: "unchanged", text: `${name} is ${after} already` };
  return refused(name, before, `this process does not change it while it runs: ${atStart(name)}`);
}

/** What was asked for is what counts, or the target would have another value now. */
function isSame(wanted: ControlChange, state: SettableState): boolean {
  return Object.entries(wanted).every(([word, value]) => {
    if (word === "spanRatio") return ratioOf(state.spanThreshold) === digits(Number(value));
    if (word === "spanSlow") return settable["span-slow"]?.now(state) === String(value);
    return state[word as keyof SettableState] === value;
  });
}

const refused = (name: string, value: string, why: string): SettingResult => ({
  ...{ name, value, outcome: "refused" },
  text: `${name}: ${why}`,
});

function notSettable(name: string): string {
  if (optionTable.some((row) => row.name === name))
    return `it is read when the program starts and cannot change while it runs: ${atStart(name)}`;
  return `there is no such setting${didYouMean(name, settableNames)}; these can be changed: ${settableNames.join(", ")}`;
}

const atStart = (name: string): string => `set ${variableOf(name)} and start the program again`;

const ratioOf = (threshold: bigint): string =>
  threshold >= SPAN_NEVER ? "0" : digits(Number(SPAN_NEVER - threshold) / Number(SPAN_NEVER));

/** Six that count are more than anybody sets, and fewer than a threshold keeps of a ratio that is traced at all. */
const digits = (ratio: number): string => String(Number(ratio.toPrecision(6)));

function rowOf(name: string): OptionRow {
  const row = optionTable.find((one) => one.name === name);
  if (row === undefined) throw new Error(`no option ${name}`);
  return row;
}
