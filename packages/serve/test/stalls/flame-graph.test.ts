// Does a flame graph come from Pyroscope where it answers, from the agent's stacks where it does not, and is a bad server bounded and never quoted?
// SPDX-License-Identifier: MPL-2.0
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { flameGraph } from "../../src/stalls/flame-graph.js";
import { CPU_PROFILE, isUnique, selectorOf } from "../../src/stalls/profile-labels.js";
import { stacksIn } from "../../src/stalls/pyroscope.js";
import { memoryStore } from "../../src/store/memory.js";
import { t0 } from "../store/build.js";
import { element, windowRow } from "../store/build-stalls.js";

/** main 2 ms own of 10; below it work 5, of which inner 3; and wait 3. */
const rendered = {
  version: 1,
  flamebearer: {
    names: ["total", "main", "work", "wait", "inner"],
    levels: [
      [0, 10e6, 0, 0],
      [0, 10e6, 2e6, 1],
      [2e6, 5e6, 2e6, 2, 0, 3e6, 3e6, 3],
      [3e6, 3e6, 3e6, 4],
    ],
    numTicks: 10e6,
    maxSelf: 3e6,
  },
  metadata: { format: "single", units: "samples" },
};
const asStacks = [
  { frames: ["main"], ms: 2 },
  { frames: ["main", "work"], ms: 2 },
  { frames: ["main", "wait"], ms: 3 },
  { frames: ["main", "work", "inner"], ms: 3 },
];

test("the rows of a rendered flame graph become stacks", () => {
  expect(stacksIn(rendered)).toEqual(asStacks);
});

test.each([
  null,
  5,
  [],
  {},
  { flamebearer: 1 },
  { flamebearer: { names: [], levels: [[1]] } },
  { flamebearer: { names: [1], levels: ["x", [0, 1, 1, 9]] } },
])("%j, which is no rendered flame graph, has no stacks or unnamed ones, and is no error", (json) => {
  expect(stacksIn(json).filter(({ frames }) => frames.some((name) => name !== "?"))).toEqual([]);
});

type Answer = (asked: IncomingMessage, answer: ServerResponse) => void;

async function served(answer: Answer): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://joe:planted-password@127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
}

async function graph(pyroscope: string, asked: string | null = "main/enc", withStacks = true) {
  const store = memoryStore();
  const problems: string[] = [];
  const stacks = [
    { path: "main/enc", frames: ["a", "b"], ms: 2 },
    { path: "main/enc", frames: ["a", "b"], ms: 3 },
    { path: "main/other", frames: ["c"], ms: 9 },
  ];
  const elements = [element("main/enc"), element("main/other")];
  await store.stalls.putWindows([windowRow(t0, { elements, ...(withStacks ? { stacks } : {}) })]);
  const log = {
    info: () => {},
    warn: (message: string, fields?: object) => void problems.push(message + JSON.stringify(fields)),
  };
  const place = { project: "demo", streamId: "demo", fromMs: t0, untilMs: t0 + 2000, element: asked };
  return { ...(await flameGraph(place, { store: store.stalls, pyroscope, log })), problems };
}

const agent = { source: "agent", unit: "ms", stacks: [{ frames: ["a", "b"], ms: 5 }] };

test("Pyroscope is asked for that process, element and time, with its user as a header", async () => {
  const seen: { url: URL; authorization: string | undefined }[] = [];
  const server = await served((asked, answer) => {
    seen.push({ url: new URL(asked.url ?? "", "http://x"), authorization: asked.headers.authorization });
    answer.end(JSON.stringify(rendered));
  });
  const answer = await graph(server);
  expect([answer.source, answer.unit, answer.problems]).toEqual(["pyroscope", "ms", []]);
  expect(answer.stacks.toSorted((a, b) => a.frames.length - b.frames.length || a.ms - b.ms)).toEqual(
    asStacks.toSorted((a, b) => a.frames.length - b.frames.length || a.ms - b.ms),
  );
  const [{ url, authorization } = { url: new URL("http://x"), authorization: "" }] = seen;
  expect([url.pathname, authorization]).toEqual(["/base/pyroscope/render", `Basic ${btoa("joe:planted-password")}`]);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    query: 'process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="encoder", element="enc"}',
    ...{ from: String(t0 - 10_000), until: String(t0 + 2000), format: "json" },
  });
});

const bad: [name: string, answer: Answer, problem: RegExp | null][] = [
  ["has none", (_, answer) => answer.writeHead(404).end("nothing"), null],
  ["is broken", (_, answer) => answer.writeHead(500).end("planted-password"), /status 500/],
  [
    "has an empty profile",
    (_, answer) => answer.end(JSON.stringify({ flamebearer: { names: ["total"], levels: [[0, 0, 0, 0]] } })),
    null,
  ],
  ["answers with something else", (_, answer) => answer.end("<html>planted-password"), /SyntaxError/],
  ["leads elsewhere", (_, answer) => answer.writeHead(302, { Location: "http://127.0.0.1:9/x" }).end(), /TypeError/],
  ["goes away", (_, answer) => answer.destroy(), /UND_ERR_SOCKET|ECONNRESET/],
  [
    "answers without an end",
    (_, answer) => {
      const piece = Buffer.alloc(1 << 20, 32);
      const more = (): void => void (answer.destroyed || answer.write(piece, () => setImmediate(more)));
      more();
    },
    /RangeError/,
  ],
];

test.each(bad)("a Pyroscope that %s: the agent's stacks, and no secret in the log", async (_, answer, problem) => {
  const server = await served(answer);
  const { problems, ...found } = await graph(server);
  expect(found).toEqual(agent);
  expect(problems.join()).toMatch(problem ?? /^$/);
  expect(problems.join()).not.toContain("planted-password");
});

test("without Pyroscope: the agent's stacks, of one element or of all; without these none", async () => {
  expect(await graph("")).toEqual({ ...agent, problems: [] });
  expect((await graph("", null)).stacks.map(({ ms }) => ms)).toEqual([9, 5]);
  expect(await graph("", "main/enc", false)).toEqual({ source: "none", unit: "ms", stacks: [], problems: [] });
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  expect((await graph(`http://127.0.0.1:${port}`)).problems.join()).toContain("ECONNREFUSED");
});

test.each<[path: string, factory: string, others: string[], selector: string | null]>([
  ["main/enc", "x264enc", ["main/mux"], 'element="enc"'],
  ["main/bin/enc", "x264enc", ["main/other/enc"], null],
  ["main/x264enc7", "x264enc", ["main/bin/h264parse0"], 'element=~"x264enc[0-9]+"'],
  ["main/x264enc7", "x264enc", ["main/x264enc8"], null],
  ['main/we"ird', "identity", [], 'element="we\\"ird"'],
  ["main/a.b0", "a.b", [], 'element=~"a\\\\.b[0-9]+"'],
])("an element %s of %s beside %j is asked for by %s", (path, factory, others, selector) => {
  const all = [
    { path, factory },
    ...others.map((other) => ({ path: other, factory: other.replace(/.*\/|\d+$/g, "") })),
  ];
  const [one = { path, factory }] = all;
  expect(isUnique(one, all)).toBe(selector !== null);
  if (selector !== null) expect(selectorOf("s", one)).toBe(`${CPU_PROFILE}{service_name="s", ${selector}}`);
});
