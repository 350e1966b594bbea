// Which pseudonym does a playback get when the page gives none?
// SPDX-License-Identifier: MIT

/** A random UUID; `crypto.randomUUID` exists in secure contexts only, and a lab often has http://. */
export function newSessionId(): string {
  const bytes = randomBytes();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(16);
  if (typeof crypto === "object" && typeof crypto.getRandomValues === "function") return crypto.getRandomValues(bytes);
  return bytes.map(() => Math.floor(Math.random() * 256));
}
