// What is the directory of a capture called that nobody named? Pure.
// SPDX-License-Identifier: MPL-2.0

/** Several may begin in one second, so the writer's pid stands at its end. */
export function captureName(now: Date, pid: number): string {
  const stamp = now.toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return `gst-pyroscope-${stamp}-${pid}`;
}
