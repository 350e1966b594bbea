// Does a command end as it would without us, is one that never began told why, and are our signals our own again afterwards?
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { launch, leaveLike } from "../../../src/commands/launch.js";
import { scratch } from "../../helpers/scratch.js";

const signals: NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2"];
const listeners = () => signals.map((signal) => process.listenerCount(signal));
afterEach(() => vi.restoreAllMocks());

async function launched(...command: string[]) {
  const before = listeners();
  const pids: number[] = [];
  const ended = await launch(command, { PATH: process.env.PATH }, (pid) => pids.push(pid));
  expect(listeners()).toEqual(before);
  return { ...ended, began: pids.length };
}

describe("a command", () => {
  it("that ends leaves its exit code, and began once", async () => {
    expect(await launched("sh", "-c", "exit 7")).toEqual({ code: 7, began: 1 });
    expect(await launched("sh", "-c", "exit 0")).toEqual({ code: 0, began: 1 });
  });

  it("that dies of a signal leaves the signal, and the code that a shell would say", async () => {
    expect(await launched("sh", "-c", "kill -KILL $$")).toEqual({ code: 137, signal: "SIGKILL", began: 1 });
  });

  it("that is not there never began", async () => {
    const path = scratch("none");
    expect(await launched(path)).toEqual({ code: 127, problem: `${path}: not found`, began: 0 });
  });

  it("that cannot be executed never began, and why is said", async () => {
    const dir = scratch("bin");
    mkdirSync(dir);
    const file = join(dir, "file");
    writeFileSync(file, "nothing");
    chmodSync(file, 0o644);
    expect(await launched(file)).toEqual({ code: 126, problem: `${file}: not executable`, began: 0 });
    expect(await launched(dir)).toEqual({ code: 126, problem: `${dir}: not executable`, began: 0 });
    expect(await launched("sh\0x")).toMatchObject({
      code: 126,
      problem: expect.stringContaining("cannot be started"),
      began: 0,
    });
  });
});

describe("we end as the command did", () => {
  const left = (ended: Parameters<typeof leaveLike>[0]) => {
    const done: unknown[] = [];
    vi.spyOn(process, "removeAllListeners").mockImplementation(() => process);
    vi.spyOn(process, "kill").mockImplementation((pid, signal) => {
      done.push(pid === process.pid, signal);
      return true;
    });
    vi.spyOn(process, "exit").mockImplementation((code) => {
      done.push(code);
      throw new Error("the end");
    });
    expect(() => leaveLike(ended)).toThrow("the end");
    return done;
  };

  it("with its code", () => expect(left({ code: 7 })).toEqual([7]));

  it("by its signal, and with the code of it in case that does not end us", () => {
    expect(left({ code: 143, signal: "SIGTERM" })).toEqual([true, "SIGTERM", 143]);
  });

  it.each<NodeJS.Signals>(["SIGPIPE", "SIGUSR1"])("by %s with the code alone: Node would not end of it", (signal) => {
    const code = 128 + constants.signals[signal];
    expect(left({ code, signal })).toEqual([code]);
  });
});
