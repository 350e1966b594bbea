// How does a test get a camera? A server that sends silence over the connection that asked for it: RTP inside of RTSP's TCP.

import { createServer, type Socket } from "node:net";

const SDP =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:track1\r\n";
const SAMPLES = 160; // of G.711, 20 ms

const answers: Record<string, string> = {
  OPTIONS: "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n",
  DESCRIBE: `Content-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`,
  SETUP: "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n",
  PLAY: "Session: 1\r\n\r\n",
};

/** Channel 0 of the connection, as RFC 2326 10.12 frames it. */
function packet(number: number): Buffer {
  const bytes = Buffer.alloc(4 + 12 + SAMPLES);
  bytes.writeUInt16BE(0x2400, 0);
  bytes.writeUInt16BE(12 + SAMPLES, 2);
  bytes[4] = 0x80;
  bytes.writeUInt16BE(number & 0xffff, 6);
  bytes.writeUInt32BE(number * SAMPLES, 8);
  bytes.writeUInt32BE(7, 12);
  return bytes;
}

function serve(socket: Socket): void {
  let text = "";
  let timer: NodeJS.Timeout | undefined;
  socket.on("error", () => clearInterval(timer));
  socket.on("close", () => clearInterval(timer));
  socket.on("data", (data) => {
    text += data.toString("latin1");
    const requests = text.split("\r\n\r\n");
    text = requests.pop() ?? "";
    for (const request of requests) {
      const method = /([A-Z_]+) rtsp:/.exec(request)?.[1] ?? "";
      socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${/CSeq: *(\d+)/i.exec(request)?.[1]}\r\n${answers[method] ?? "\r\n"}`);
      if (method !== "PLAY") continue;
      let number = 0;
      timer = setInterval(() => socket.write(packet(number++)), 20);
    }
  });
}

export async function rtspServer(): Promise<{ url: string; close: () => void }> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `rtsp://127.0.0.1:${address.port}/x`, close: () => server.close() };
}
