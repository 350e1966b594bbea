// Where does a test get a live HLS stream from, whose delivery it can hold? hlssink2 writes it, a small server hands it out.
// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { until } from "../../../../test/helpers/until.js";

const VIDEO = "videotestsrc is-live=true ! video/x-raw,width=160,height=90,framerate=15/1";
const ENCODER = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! h264parse";

/** Segments of one second. */
export async function liveStream(folder: string): Promise<ChildProcess> {
  mkdirSync(folder, { recursive: true });
  const sink = `hlssink2 target-duration=1 playlist-length=6 max-files=30 location=${folder}/s%05d.ts playlist-location=${folder}/live.m3u8`;
  const pipeline = spawn("gst-launch-1.0", ["-q", ...`${VIDEO} ! ${ENCODER} ! ${sink}`.split(" ")], {
    stdio: "ignore",
  });
  await until("three segments", () => existsSync(join(folder, "s00003.ts")));
  return pipeline;
}

export interface Site {
  origin: string;
  /** From now on the playlist stays as it is; false: no longer. */
  freeze(frozen: boolean): void;
  close(): void;
}

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".m3u8": "application/vnd.apple.mpegurl",
  ".ts": "video/mp2t",
};

/** `pages`: texts by path; everything else comes from the folder. */
export async function serveStream(folder: string, pages: Record<string, string>): Promise<Site> {
  let frozen: string | undefined;
  const content = (path: string): string | Buffer => {
    if (path.endsWith(".m3u8")) return frozen ?? playlist(folder, path);
    return pages[path] ?? readFileSync(join(folder, path));
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    response.setHeader("Cache-Control", "no-store");
    try {
      const body = content(pathname);
      response.setHeader("Content-Type", types[/\.\w+$/.exec(pathname)?.[0] ?? ""] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  const origin = await listening(server);
  const freeze = (on: boolean) => {
    frozen = on ? playlist(folder, "/live.m3u8") : undefined;
  };
  return { origin, freeze, close: () => void server.close().closeAllConnections() };
}

/** hlssink2 of GStreamer 1.22 writes no program time: it follows from when the first listed segment was complete. */
function playlist(folder: string, path: string): string {
  const text = readFileSync(join(folder, path), "utf8");
  const first = /#EXTINF:([\d.]+).*\n(.+)/.exec(text);
  if (!first?.[2]) return text;
  const began = statSync(join(folder, first[2])).mtimeMs - Number(first[1]) * 1000;
  return text.replace("#EXTINF", `#EXT-X-PROGRAM-DATE-TIME:${new Date(began).toISOString()}\n#EXTINF`);
}

export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
