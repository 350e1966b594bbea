// How does a test follow a live stream: with its token, from a number on, or without ever reading?
import { request } from "node:http";
import { connect } from "node:net";
import { TOKEN } from "./service.js";

export interface Frame {
  id: number | null;
  event: string;
  data: Record<string, unknown>;
}

export interface Follower {
  frames: Frame[];
  comments: string[];
  /** Without what came twice: ids of event_appended. */
  ids(): number[];
  ended: Promise<void>;
  close(): void;
}

export function follow(url: string, headers: Record<string, string> = {}): Promise<Follower> {
  const frames: Frame[] = [];
  const comments: string[] = [];
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/api/stream-sessions/stream`,
      { headers: { "X-MTrace-Token": TOKEN, ...headers } },
      (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => {
          const blocks = (text + piece).split("\n\n");
          text = blocks.pop() ?? "";
          for (const block of blocks) block.startsWith(":") ? comments.push(block) : frames.push(frameOf(block));
        });
        const ended = new Promise<void>((done) => answer.once("close", done).once("error", () => {}));
        const ids = () => frames.filter(({ event }) => event === "event_appended").map(({ id }) => id ?? 0);
        resolve({ frames, comments, ids, ended, close: () => asked.destroy() });
      },
    );
    asked.on("error", reject).end();
  });
}

function frameOf(block: string): Frame {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
  const id = field("id");
  return {
    id: id === undefined ? null : Number(id),
    event: field("event") ?? "",
    data: JSON.parse(field("data") ?? "{}"),
  };
}

/** Asks for a stream and never reads from it. Answers with what closes it. */
export function followDead(url: string): Promise<() => void> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      socket.pause();
      socket.write(`GET /api/stream-sessions/stream HTTP/1.1\r\nHost: ${host}\r\nX-MTrace-Token: ${TOKEN}\r\n\r\n`);
      resolve(() => socket.destroy());
    });
    socket.once("error", reject);
  });
}
