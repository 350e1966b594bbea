// How many buffers does a sampled one stand for? OpenTelemetry's trace state says it as a threshold of 56 bits.
// SPDX-License-Identifier: MPL-2.0

/** `ot=th:…` without trailing zeros; "" when nothing is sampled by a ratio. */
export function traceState(threshold: bigint): string {
  if (threshold < 0n || threshold >= 1n << 56n) return "";
  const digits = threshold.toString(16).padStart(14, "0").replace(/0+$/, "");
  return `ot=th:${digits || "0"}`;
}
