// Which names do the events of players have, and the fields and values that the contract reserves?
// SPDX-License-Identifier: MPL-2.0

/** Version of the wire format; another one is refused. */
export const SCHEMA_VERSION = "1.0";

/** Events that have a meaning here; others are accepted and kept as they are. */
export const eventNames = [
  "manifest_loaded",
  "segment_loaded",
  "playback_started",
  "startup_completed",
  "startup_time_measured",
  "bitrate_switch",
  "rebuffer_started",
  "rebuffer_ended",
  "playback_error",
  "metrics_sampled",
  "session_ended",
] as const;

export type EventName = (typeof eventNames)[number];
