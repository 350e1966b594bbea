// What is a configuration, and what does it come from? Types: values by option, layers in the order of precedence, problems.
// SPDX-License-Identifier: MPL-2.0

import type { OptionRow, optionTable } from "./options.js";

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type Value<Row extends OptionRow> = Row["type"] extends "int" | "duration" | "size"
  ? number
  : Row["type"] extends "port"
    ? number | "auto"
    : Row["type"] extends "bool"
      ? boolean
      : Row["type"] extends "tags" | "headers"
        ? Record<string, string>
        : Row extends { type: "list"; values: readonly (infer Word)[] }
          ? Word[]
          : Row["values"] extends readonly (infer Word)[]
            ? Word
            : string;

type Rows = (typeof optionTable)[number];
/** Durations are milliseconds; an empty string is "none". */
export type Config = { [Row in Rows as Camel<Row["name"]>]: Value<Row> };
export type OptionName = Rows["name"];
export type Environment = Record<string, string | undefined>;

export interface Layers {
  /** By option name, as typed. */
  flags?: Partial<Record<OptionName, string>>;
  /** What the user gave the tracer as parameters; nothing that is only its default. */
  tracer?: Partial<Record<OptionName, string>>;
  environment?: Environment;
  /** Other defaults under another name of the tracer. */
  preset?: Partial<Record<OptionName, string>>;
  /** Path of a JSON file; else GST_PYROSCOPE_CONFIG. */
  file?: string | undefined;
  /** Under `run` nothing is sent unless an option asks for it. */
  underRun?: boolean;
}

export interface Setting {
  name: OptionName;
  value: unknown;
  /** Fit to print: secrets are masked. */
  shown: string;
  /** `--sample-rate`, `tracer parameter`, a variable's name, a path or `default`. */
  source: string;
}

export interface Problem {
  source: string;
  /** One line that says what is wrong and what is used instead; without secrets. */
  text: string;
}

export interface Resolved {
  config: Config;
  settings: Setting[];
  problems: Problem[];
}
