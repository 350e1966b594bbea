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

/** Further names that the reading of CMCD gives to events, and that other players may use. */
export const furtherEventNames = [
  "playback_requested",
  "preload_started",
  "playback_paused",
  "playback_resumed",
  "playback_ended",
  "seek_started",
  "seek_ended",
  "rebuffer_nudged",
  "playback_rate_changed",
  "manifest_requested",
  "segment_requested",
  "segment_failed",
  "cmcd_error",
  "cmcd_event",
] as const;

export const detailStatuses = ["available", "network_detail_unavailable"] as const;

/** What can go wrong before a WHEP player has a picture. */
export const webrtcErrors = [
  "whep_signaling_failed",
  "whep_sdp_invalid",
  "webrtc_no_tracks",
  "peer_connection_failed",
  "webrtc_destroyed_before_connected",
] as const;

/** States of RTCPeerConnection, of its ICE transport and of its DTLS transport, as W3C names them. */
export const connectionStates = ["new", "connecting", "connected", "disconnected", "failed", "closed"] as const;
export const iceStates = ["new", "checking", "connected", "completed", "disconnected", "failed", "closed"] as const;
export const dtlsStates = ["new", "connecting", "connected", "closed", "failed"] as const;

/** Tokens are sent in this header, never in a cookie. */
export const TOKEN_HEADER = "X-MTrace-Token";
