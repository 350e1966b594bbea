// In which state is a session, in words that do not mean two things: who waits for data is stalled, who says nothing is silent.
// SPDX-License-Identifier: MPL-2.0
import type { SessionState, SessionView } from "@gst-pyroscope/contract/wire";

/** On the wire, a session without events for a minute is `stalled`; for a person, that is a picture that stands still. */
export const stateNames: Record<SessionState, string> = { active: "active", stalled: "silent", ended: "ended" };

/** `stalledNow`: its newest event about it tells that the picture waits for data. */
export function StateName({ session: { state }, stalledNow }: { session: SessionView; stalledNow: boolean }) {
  if (state === "active" && stalledNow) return <span class="state stalled">stalled now</span>;
  const name = stateNames[state];
  return <span class={`state ${name}`}>{name}</span>;
}
