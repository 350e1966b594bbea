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

export const networkKinds = ["manifest", "segment"] as const;
export type NetworkKind = (typeof networkKinds)[number];

export const adapters = ["hls.js", "native_hls", "unknown"] as const;
export type Adapter = (typeof adapters)[number];

/** Why a player cannot tell what a request was. */
export const unavailableReasons = [
  "native_hls_unavailable",
  "hlsjs_signal_unavailable",
  "browser_api_unavailable",
  "resource_timing_unavailable",
  "cors_timing_blocked",
  "service_worker_opaque",
] as const;
export type UnavailableReason = (typeof unavailableReasons)[number];

/** Sizes that both sides keep to. */
export const limits = { bodyBytes: 262_144, events: 100, boundaries: 20 } as const;
