// How do a person's tags get onto every sample of Prometheus' text? As constant labels, before the sample's own. Pure.
// SPDX-License-Identifier: MPL-2.0

import { labelTable } from "../model/label-policy.js";
import { type Label, sanitizeLabels } from "../model/labels.js";

/** Name of a sample, and the brace where it has labels; a comment's first character is neither. */
const HEAD = /^([A-Za-z_:][\w:]*)(\{?)/gm;

/** A tag that has the name of one of our labels is `exported_` that, as Prometheus calls the second of two. */
export function withConstantLabels(text: string, tags: Readonly<Record<string, string>>): string {
  const labels = sanitizeLabels(Object.entries(tags).map(ofText)).map(written);
  if (labels.length === 0) return text;
  const all = labels.join(",");
  return text.replace(HEAD, (_, name: string, brace: string) => `${name}{${all}${brace === "" ? "}" : ","}`);
}

/** `le` and others of the format are in the table, too. */
const ofText = ([name, value]: Label): Label => {
  const [shown] = sanitizeLabels([[name, "?"]])[0] ?? [name];
  return [shown in labelTable ? `exported_${shown}` : shown, value];
};

const written = ([name, value]: Label): string => `${name}="${value.replace(/["\\]/g, "\\$&")}"`;
