// What was asked of `export`, or what is wrong with it?
// SPDX-License-Identifier: MPL-2.0

import { belowPipeline } from "../analysis/paths.js";
import type { TimeRange } from "../capture/profile-windows.js";
import { didYouMean, parse } from "../config/option-values.js";
import type { OptionRow } from "../config/options.js";
import { type Format, type FormatName, formatNames, formats } from "../export/formats.js";
import type { RecordedTopology } from "../model/recording.js";

/** As typed. */
export interface ExportFlags {
  format: string;
  output?: string;
  force?: true;
  profile?: "cpu" | "wall";
  element?: string;
  from?: string;
  to?: string;
}

export interface ExportRequest {
  formats: FormatName[];
  range: TimeRange | null;
}

const LONGEST_MS = 1e12;

/** A text is the sentence that says what is wrong. */
export function exportRequest(flags: ExportFlags): ExportRequest | string {
  const names = [
    ...new Set(
      flags.format
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  ];
  const unknown = names.find((name) => !isFormat(name));
  if (unknown !== undefined || names.length === 0)
    return `--format: ${unknown === undefined ? "none is named" : `there is no format ${unknown}`}: ${formatNames.join(", ")}${didYouMean(unknown ?? "", formatNames)}`;
  const asked = names.filter(isFormat);
  for (const [option, flag] of [
    ["profile", flags.profile],
    ["element", flags.element],
    ["range", flags.from ?? flags.to],
  ] as const) {
    const deaf = flag === undefined ? undefined : asked.find((name) => !followed(name).includes(option));
    if (deaf !== undefined)
      return `${deaf} has all of the capture: ${option === "range" ? "--from and --to are" : `--${option} is`} for ${followersOf(option).join(", ")}`;
  }
  const range = rangeOf(flags);
  return typeof range === "string" ? range : { formats: asked, range };
}

const isFormat = (name: string): name is FormatName => Object.hasOwn(formats, name);
const followed = (name: FormatName): Format["follows"] => formats[name].follows;
const followersOf = (option: Format["follows"][number]): FormatName[] =>
  formatNames.filter((name) => followed(name).includes(option));

function rangeOf({ from, to }: ExportFlags): TimeRange | null | string {
  if (from === undefined && to === undefined) return null;
  const fromNs = nanoseconds(from ?? "0s");
  const toNs = to === undefined ? Number.POSITIVE_INFINITY : nanoseconds(to);
  if (typeof fromNs === "string") return `--from: ${fromNs}`;
  if (typeof toNs === "string") return `--to: ${toNs}`;
  return fromNs < toNs ? { fromNs, toNs } : "--from and --to: the first one must be the earlier time";
}

/** A text is what is wrong. */
function nanoseconds(text: string): number | string {
  const { value, problem } = parse({ type: "duration", min: 0, max: LONGEST_MS } as OptionRow, text, "s");
  return problem ?? (value as number) * 1e6;
}

/** Paths of the elements that are called so, by name, path or what stands below the pipeline. */
export function elementsCalled(name: string, { elements }: RecordedTopology): Set<string> {
  const called = elements.filter((e) => [e.path, e.name, belowPipeline(e.path)].includes(name));
  return new Set(called.map(({ path }) => path));
}
