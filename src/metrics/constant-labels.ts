// How do the user's tags get onto every sample of the Prometheus text? As constant labels, before its own. Pure.
// SPDX-License-Identifier: MPL-2.0

import { labelTable } from "../model/label-policy.js";
import { type Label, sanitizeLabels } from "../model/labels.js";

/** A metric name at the start of a line, with the `{` if labels follow. Comment lines do not match. */
const HEAD = /^([A-Za-z_:][\w:]*)(\{?)/gm;

/**
 * Adds `tags` as labels to every sample of `text`, which is in the Prometheus text format. A tag named like one of our
 * own labels gets the prefix `exported_`, as Prometheus does when two labels conflict.
 */
export function withConstantLabels(text: string, tags: Readonly<Record<string, string>>): string {
  const labels = sanitizeLabels(Object.entries(tags).map(ofText)).map(written);
  if (labels.length === 0) return text;
  const all = labels.join(",");
  return text.replace(HEAD, (_, name: string, brace: string) => `${name}{${all}${brace === "" ? "}" : ","}`);
}

/** Cleans one tag and resolves name conflicts; the label table also contains reserved names such as `le`. */
const ofText = ([name, value]: Label): Label => {
  const [shown] = sanitizeLabels([[name, "?"]])[0] ?? [name];
  return [shown in labelTable ? `exported_${shown}` : shown, value];
};

const written = ([name, value]: Label): string => `${name}="${value.replace(/["\\]/g, "\\$&")}"`;
