// What did this page itself see of the playback? For comparing with what the service was told.
// SPDX-License-Identifier: MPL-2.0

export interface Logged {
  source: "page" | "video" | "hls.js";
  type: string;
  /** Milliseconds since 1970. */
  at: number;
  detail?: string | number | undefined;
}

export const demoLog: Logged[] = [];
Object.assign(globalThis, { demoLog });

export function note(source: Logged["source"], type: string, detail?: Logged["detail"]): void {
  demoLog.push({ source, type, at: Date.now(), ...(detail === undefined ? {} : { detail }) });
}
