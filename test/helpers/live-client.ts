// How does a test look at a live page as a browser does, without one? Enters with the token, follows the events, asks after each window.

import { connect, type Socket } from "node:net";
import type { TargetStatus } from "../../src/live/live-target.js";
import type { PageData } from "../../src/page/page-data.js";

export class LiveClient {
  asked = 0;
  bytes = 0;
  #stop = new AbortController();
  private constructor(
    readonly origin: string,
    readonly cookie: string,
  ) {}

  /** `url`: with the token. */
  static async enter(url: string): Promise<LiveClient> {
    const answer = await fetch(url, { redirect: "manual" });
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    if (answer.status !== 303 || cookie === "") throw new Error(`not let in: ${answer.status}`);
    return new LiveClient(new URL(url).origin, cookie);
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.origin + path, { headers: { Cookie: this.cookie } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    this.asked++;
    this.bytes += text.length;
    return (answer.status === 204 ? null : JSON.parse(text)) as T;
  }

  targets = async (): Promise<TargetStatus[]> => (await this.get<{ targets: TargetStatus[] }>("/api/status")).targets;

  /** As the page does it: what is due after each window. Rejects where the stream breaks. */
  async follow(id: number): Promise<void> {
    const { signal } = this.#stop;
    const headers = { Cookie: this.cookie };
    const answer = await fetch(`${this.origin}/api/targets/${id}/events`, { headers, signal });
    let windows = 0;
    let text = "";
    try {
      for await (const piece of answer.body ?? []) {
        text += Buffer.from(piece).toString("utf8");
        while (text.includes("\n\n")) {
          const [event = ""] = text.split("\n\n");
          text = text.slice(event.length + 2);
          if (!event.includes("event: window")) continue;
          windows++;
          await this.get<PageData | null>(`/api/targets/${id}/page?last=10&parts=due`);
          if (windows % 2 === 0) await this.targets();
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  leave(): void {
    this.#stop.abort();
  }
}

/** A connection that says nothing, or `text`, and reads nothing. */
export function silent(url: string, text = ""): Socket {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" });
  socket.on("error", () => {});
  socket.pause();
  if (text !== "") socket.write(text);
  return socket;
}
