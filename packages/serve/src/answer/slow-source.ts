// Did the pipeline get too little to publish in time?
// SPDX-License-Identifier: MPL-2.0
import { fastLoads } from "./delivery.js";
import { fact, nameOf } from "./facts.js";
import { allowed, type Finding, finding, type Known, published, sourcePaces } from "./finding.js";
import { IN_TIME } from "./flow.js";

/** It gave fewer buffers, not because nobody took them. */
export function slowSource(known: Known): Finding | null {
  const slow = sourcePaces(known.measured, allowed(known)).filter((one) => one.pace < IN_TIME && one.getsLittle);
  const [worst] = slow.toSorted((a, b) => a.pace - b.pace);
  if (worst === undefined) return null;
  const { path, factory } = worst.element;
  const got = [nameOf(path), " (", factory, ") got ", { rate: worst.pace }, " of its usual buffers"];
  const reason = fact("source_rate", path)`${got}, and nothing behind it held it up.`;
  return finding("source", 2, [reason, ...published(known)], fastLoads(known.input.stall));
}
