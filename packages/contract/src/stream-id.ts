// Under which name are a viewer and a pipeline of the same stream found together?
// SPDX-License-Identifier: MPL-2.0
import type { Meta } from "./wire.js";

export const MAX_STREAM_ID = 128;

/** Of redacted meta; null when there is none that can be used. */
export function streamIdOf(meta: Meta | null): string | null {
  const id = meta?.stream_id;
  return typeof id === "string" ? cleanStreamId(id) : null;
}

/** Without spaces around it and without control characters; cut where it is too long, never inside of a character. */
export function cleanStreamId(id: string): string | null {
  const clean = id.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, "").trim();
  const cut = [...clean].slice(0, MAX_STREAM_ID).join("").trimEnd();
  return cut === "" ? null : cut;
}
