// How is a name shown so that equal things have equal names in every run? Pure.
//
// GStreamer numbers unnamed objects over the whole process ("identity17" is the 18th identity of its process, "queue2-0" the
// first queue2), so the number depends on what ran before. Shown is the number that the tracer gives: the smallest free one
// of its kind in the pipeline.
// SPDX-License-Identifier: MPL-2.0

import { UNSEEN } from "./labels.js";

const MAX_LENGTH = 128;
const UNSEEN_RUN = new RegExp(`[${UNSEEN}]+`, "g");

/** The part before the number when `name` is one that GStreamer gave to an object of `factory` ("queue" of "queue7"); else null. */
export function autoPrefix(name: string, factory: string): string | null {
  const made = factory.toLowerCase();
  const prefix = /\d$/.test(made) ? `${made}-` : made;
  return factory !== "" && name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)) ? prefix : null;
}

/**
 * The label that an object is shown with. `number` is that of its directory entry: n shows an automatic name with the number n - 1,
 * 0 keeps the name that GStreamer gave. A name that the program chose is kept whatever `number` is. `prefix`: see autoPrefix.
 */
export function shownName(name: string, factory: string, number: number): { prefix: string | null; label: string } {
  const prefix = autoPrefix(name, factory);
  return { prefix, label: prefix === null || number === 0 ? safeName(name) : `${prefix}${number - 1}` };
}

/**
 * Nothing that differs from run to run or that is private: pointers, addresses with a scheme, long numbers. A
 * scheme has 32 characters at most: it is looked for at each letter, so the search must end.
 */
export function safeName(name: string): string {
  const safe = name
    .replace(/[a-z][a-z0-9+.-]{0,31}:\/\/\S*/gi, "(uri)")
    .replace(/0x[0-9a-f]{5,}/gi, "(pointer)")
    .replace(/\d{8,}/g, "(number)")
    .replace(UNSEEN_RUN, " ");
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH - 1)}…` : safe;
}

/** Request and SSRC pads carry their template's name: "src_%u" whatever their number. */
export function padLabel(name: string, template: string): string {
  return safeName(template.includes("%") ? template : name);
}

/**
 * Streaming threads are called after element and pad, cut to 15 bytes ("queue17:src", "audiotestsrc10:"): the number goes
 * where it is one that GStreamer made up, that is behind a prefix in `autoPrefixes`. Other digits stay: "cam2:src".
 */
export function threadLabel(name: string, autoPrefixes: ReadonlySet<string>): string {
  let shown = name;
  // No prefix ends in a digit: it can only be what stands before a whole number. The longest one counts.
  for (const { index, 0: number } of name.matchAll(/(?<!\d)\d+(?![A-Za-z0-9_])/g)) {
    const prefix = name.slice(0, index);
    if (autoPrefixes.has(prefix)) shown = prefix.replace(/-$/, "") + name.slice(index + number.length);
  }
  return safeName(shown);
}
