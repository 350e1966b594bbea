// Who shares a connection, when is it made anew, and when is the old one closed?
import type { Client } from "@grpc/grpc-js";
import { beforeEach, describe, expect, it } from "vitest";
import { type Channels, SharedChannel } from "../../../../src/output/otlp/channels.js";

let channels: Channels;
let open: string[];
beforeEach(() => {
  channels = new Map();
  open = [];
});

function channelTo(key: string): SharedChannel {
  return SharedChannel.open(channels, key, (generation) => {
    const name = `${key}${generation}`;
    open.push(name);
    return { name, close: () => open.splice(open.indexOf(name), 1) } as unknown as Client;
  });
}

/** A call that lasts until it is answered; which connection it took. */
function callOn(channel: SharedChannel) {
  let taken = "";
  let answer: (status: number) => void = () => {};
  const done = channel.use((client) => {
    taken = (client as unknown as { name: string }).name;
    return new Promise<{ status: number }>((resolve) => {
      answer = (status) => resolve({ status });
    });
  });
  const end = async (status: number) => {
    answer(status);
    await done;
  };
  return { taken, end };
}

const always = { workedWithinMs: 0, madeWithinMs: 0 };
const unlessItWorked = { workedWithinMs: 600_000, madeWithinMs: 0 };

describe("a connection", () => {
  it("is one for all with the same key, closed with the last of them", () => {
    const [one, two, other] = [channelTo("a"), channelTo("a"), channelTo("b")];
    expect(open).toEqual(["a0", "b0"]);
    one.close();
    other.close();
    expect(open).toEqual(["a0"]);
    two.close();
    expect([open, channels.size]).toEqual([[], 0]);
    channelTo("a");
    expect(open).toEqual(["a0"]);
  });

  it("that is made anew is so for all, and calls under way end on the one that they began on", async () => {
    const [one, two] = [channelTo("a"), channelTo("a")];
    const before = callOn(one);
    two.renew(always);
    const after = callOn(one);
    expect([before.taken, after.taken, open]).toEqual(["a0", "a1", ["a0", "a1"]]);
    await before.end(200);
    expect(open).toEqual(["a1"]);
    await after.end(200);
    expect(open).toEqual(["a1"]);
  });

  it("that worked lately is kept, whichever target it worked for; one that only failed is not", async () => {
    const [one, two] = [channelTo("a"), channelTo("a")];
    await callOn(one).end(503);
    two.renew(unlessItWorked);
    expect(open).toEqual(["a1"]);
    await callOn(one).end(200);
    two.renew(unlessItWorked);
    expect(open).toEqual(["a1"]);
  });

  it("that was just made has its time to connect", () => {
    const one = channelTo("a");
    one.renew({ workedWithinMs: 0, madeWithinMs: 600_000 });
    expect(open).toEqual(["a0"]);
  });

  it("says nothing of the next one when it works late", async () => {
    const one = channelTo("a");
    const late = callOn(one);
    one.renew(always);
    await late.end(200);
    one.renew(unlessItWorked);
    expect(open).toEqual(["a2"]);
  });

  it("is closed after the call that is under way when its last user closes", async () => {
    const one = channelTo("a");
    const last = callOn(one);
    one.close();
    expect(open).toEqual(["a0"]);
    await last.end(200);
    expect(open).toEqual([]);
  });
});
