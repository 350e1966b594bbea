// What does the address of the demo player ask for?
// SPDX-License-Identifier: MPL-2.0

export interface DemoSettings {
  sessionId: string;
  /** The name that the address asks for, if a session has it already. */
  playedBefore?: string;
  engine: "hlsjs" | "cmcd";
  autostart: boolean;
  /** Address of the playlist. */
  source: string;
  streamId: string;
  project: string;
  token: string;
}

/** What a service in the lab's mode takes. */
export const LAB_TOKEN = "demo-token";

export function settingsOf(search: string): DemoSettings {
  const query = new URLSearchParams(search);
  return {
    sessionId: query.get("session_id") || crypto.randomUUID(),
    engine: query.get("engine") === "cmcd" ? "cmcd" : "hlsjs",
    autostart: query.get("autostart") === "1",
    source: query.get("source") ?? "/live/playlist.m3u8",
    streamId: query.get("stream") ?? "demo",
    project: query.get("project") ?? "demo",
    token: query.get("token") ?? LAB_TOKEN,
  };
}
