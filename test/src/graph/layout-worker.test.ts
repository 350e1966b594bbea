// Does the thread answer each question, one that makes no sense too, and go on?
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { layoutWorkerFile } from "../../../src/installation.js";
import { longShape } from "../../helpers/graph-shapes.js";

let worker: Worker;
beforeAll(() => {
  worker = new Worker(layoutWorkerFile);
});
afterAll(() => worker.terminate());

async function ask(shape: unknown): Promise<unknown> {
  const answered = once(worker, "message");
  worker.postMessage(shape);
  return (await answered)[0];
}

test("a question that makes no sense is answered by a problem, and the next one by a layout", async () => {
  expect(await ask({ nodes: 5 })).toMatchObject({ problem: expect.stringMatching(/^Graphviz failed \(.+\)$/) });
  expect(await ask(longShape(3))).toMatchObject({ layout: { flow: "down", nodes: { length: 3 } } });
});

test("what is long goes down and what is wide goes to the right: so it is drawn the largest", async () => {
  const chain = { ...longShape(8), bins: [], nodes: longShape(8).nodes.map((node) => ({ ...node, bin: -1 })) };
  const fan = { ...chain, links: chain.links.map((link, i) => ({ ...link, from: 0, source: i % 2 })) };
  expect(await ask(chain)).toMatchObject({ layout: { flow: "down" } });
  expect(await ask(fan)).toMatchObject({ layout: { flow: "right" } });
});
