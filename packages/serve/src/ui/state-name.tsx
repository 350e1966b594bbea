// In which state is a session, in words that do not mean two things: who waits for data is stalled, who says nothing is silent.
// SPDX-License-Identifier: MPL-2.0
import type { SessionState, SessionView } from "@gst-pyroscope/contract/wire";

/** On the wire, a session without events for a minute is `stalled`; for a person, that is a picture that stands still. */
export const stateNames: Record<SessionState, string> = { active: "active", stalled: "silent", ended: "ended" };

interface StateRequest {
  session: SessionView;
  /** Its newest event about it tells that the picture waits for data, or that playback failed. */
  stalledNow: boolean;
  failedNow?: boolean;
}

export function StateName({ session: { state }, stalledNow, failedNow = false }: StateRequest) {
  if (state !== "ended" && failedNow) return <span class="state stalled">playback failed</span>;
  if (state === "active" && stalledNow) return <span class="state stalled">stalled now</span>;
  const name = stateNames[state];
  return <span class={`state ${name}`}>{name}</span>;
}
