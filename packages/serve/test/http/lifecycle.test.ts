// Does the service end as asked, in time and with all that it accepted; does it cut who sends without end; does a second one keep off?
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { batch, event, folder, program, removeFolder, start, TOKEN, until } from "../helpers/service.js";
import { follow } from "../helpers/sse.js";

const folders: string[] = [];
const dataFolder = (): string => {
  folders.push(folder());
  return folders.at(-1) ?? "";
};
afterAll(() => folders.forEach(removeFolder));

describe("the end", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s: streams close, what was accepted is kept, exit code 0",
    async (signal) => {
      const dataDir = dataFolder();
      const service = await start({ dataDir });
      const follower = await follow(service.url);
      let accepted = 0;
      let stop = false;
      const sending = Array.from({ length: 4 }, async () => {
        while (!stop) {
          const answer = await service.post(batch([event(), event()])).catch(() => null);
          if (answer === null) return;
          if (answer.status === 202) accepted += 2;
        }
      });
      await until("some are accepted", () => accepted > 50);
      const code = await service.stop(signal);
      stop = true;
      await Promise.all(sending);
      await follower.ended;
      expect(code).toBe(0);
      const again = await start({ dataDir });
      expect((await (await again.get("/api/status")).json()).store.events).toBeGreaterThanOrEqual(accepted);
      await again.stop();
    },
  );

  test("a client that holds its connection open does not hold up the end", async () => {
    const service = await start({ dataDir: dataFolder() });
    const { port } = new URL(service.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      `POST /api/playback-events HTTP/1.1\r\nHost: localhost\r\nX-MTrace-Token: ${TOKEN}\r\nContent-Length: 100\r\n\r\n{`,
    );
    await until("it has come", async () => (await service.counters()).mtrace_api_batches_received === 1);
    expect(await service.stop()).toBe(0);
    socket.destroy();
  });
});

describe("a body without end", () => {
  test.each(["", `X-MTrace-Token: ${TOKEN}\r\n`])(
    "is answered and then cut, long before its end (%j)",
    async (header) => {
      const service = await start({ dataDir: dataFolder() });
      const { port } = new URL(service.url);
      const socket = connect(Number(port), "127.0.0.1");
      let answer = "";
      socket.on("data", (piece) => (answer += String(piece))).on("error", () => {});
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.write(
        `POST /api/playback-events HTTP/1.1\r\nHost: localhost\r\n${header}Transfer-Encoding: chunked\r\n\r\n`,
      );
      const piece = `10000\r\n${"x".repeat(65_536)}\r\n`;
      const more = (): void => {
        if (!socket.destroyed) socket.write(piece, () => setImmediate(more));
      };
      more();
      await closed;
      expect(answer).toMatch(header === "" ? /^HTTP\/1.1 401/ : /^HTTP\/1.1 413/);
      expect(socket.bytesWritten).toBeLessThan(64e6);
      expect((await service.post(batch())).status).toBe(202);
      await service.stop();
    },
  );
});

test("a second service on the same data directory keeps off, with a sentence", async () => {
  const dataDir = dataFolder();
  const service = await start({ dataDir });
  await expect(start({ dataDir })).rejects.toThrow(/ended with 1: .*data directory/);
  expect((await service.post(batch())).status).toBe(202);
  await service.stop();
});

test("a port that another process has: a sentence that says what to do", async () => {
  const service = await start({ dataDir: dataFolder() });
  const { port } = new URL(service.url);
  await expect(start({ dataDir: dataFolder(), args: ["--port", port] })).rejects.toThrow("--port");
  await service.stop();
});

test("sessions are removed from the command line while no service runs: one, those of an age, all", async () => {
  const dataDir = dataFolder();
  const service = await start({ dataDir });
  await service.post(batch(["one", "two", "three"].map((session_id) => event({ session_id }))));
  const purge = (...words: string[]) =>
    spawnSync(process.execPath, [program, ...words, "--data-dir", dataDir], { encoding: "utf8" });
  const refused = purge("--wipe");
  expect([refused.status, refused.stdout]).toEqual([1, ""]);
  expect(refused.stderr).toContain("--data-dir");
  await service.stop();
  expect(purge("--purge-session", "one").stdout).toBe("removed: 1 sessions, 1 events\n");
  const again = purge("--purge-session", "one");
  expect([again.status, again.stdout]).toEqual([1, ""]);
  expect(again.stderr).toContain("The project demo has no session one in");
  expect(purge("--purge-before", "1d").stdout).toBe("removed: 0 sessions, 0 events\n");
  purge("token", "add", "--project", "kept", "--kind", "read");
  expect(purge("--wipe").stdout).toBe(`removed: 2 sessions, 2 events from ${dataDir}; its projects and tokens stay\n`);
  expect(purge("token", "list").stdout).toContain("  kept  read  ");
});

test.each([["--wipe"], ["--purge-session", "one"], ["--purge-before", "1d"]])(
  "a directory without sessions is refused and not made: %s",
  (...words) => {
    const missing = join(dataFolder(), "missing");
    const purge = spawnSync(process.execPath, [program, ...words, "--data-dir", missing], { encoding: "utf8" });
    expect([purge.status, purge.stdout, existsSync(missing)]).toEqual([1, "", false]);
    expect(purge.stderr).toContain(`There are no sessions to remove in ${missing}`);
  },
);
