// What does a Prometheus text say? Its families and samples, by the rules of the format 0.0.4; a line that breaks them fails.
// SPDX-License-Identifier: MPL-2.0

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Exposition {
  types: Record<string, string>;
  helps: Record<string, string>;
  samples: Sample[];
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y;

export function parseExposition(text: string): Exposition {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end");
  const parsed: Exposition = { types: {}, helps: {}, samples: [] };
  for (const line of text.split("\n").slice(0, -1)) {
    const [, keyword = "", family = "", rest = ""] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") parsed.helps[family] = rest;
    else if (keyword === "TYPE") parsed.types[family] = rest;
    else if (keyword === "") parsed.samples.push(sampleOf(line));
  }
  return parsed;
}

function sampleOf(line: string): Sample {
  const [, name, labels = "", value = ""] = LINE.exec(line) ?? [];
  if (name === undefined || (value !== "+Inf" && !Number.isFinite(Number(value))))
    throw new Error(`no sample: ${line}`);
  return { name, labels: labelsOf(labels), value: Number(value) };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    const [, name = "", value = ""] = LABEL.exec(text) ?? [];
    if (name === "" || name in labels) throw new Error(`no labels: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
  }
  return labels;
}

/** The samples of one name, by the labels that are asked for, joined. */
export function valuesBy(text: string, name: string, ...by: string[]): Record<string, number> {
  const found = parseExposition(text).samples.filter((sample) => sample.name === name);
  return Object.fromEntries(found.map(({ labels, value }) => [by.map((label) => labels[label]).join(" "), value]));
}

/** Everything but the values, which move while a pipeline runs. */
export function withoutValues(text: string): string {
  return text.replace(/^([^#].*) \S+$/gm, "$1");
}
