// Is an export tried for as long as its budget lasts, given up when somebody waits, and is a difference said once?

import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { AggregationTemporality, DataPointType } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { ServerState } from "../../../../src/delivery/server-state.js";
import { createLog } from "../../../../src/log.js";
import type { Answer } from "../../../../src/output/otlp/answers.js";
import { ResilientExporter, type ResilientOptions } from "../../../../src/output/otlp/exporter.js";
import { packedSender } from "../../../../src/output/otlp/metrics-sender.js";
import type { Sender } from "../../../../src/output/otlp/sending.js";
import { countersOf } from "../../../helpers/metrics-of.js";
import { exportMetrics } from "../../../helpers/otlp-wire.js";
import { decodeMessage } from "../../../helpers/protobuf.js";
import { until } from "../../../helpers/until.js";

const arrived: Answer = { status: 200, message: "" };
const busy: Answer = { status: 503, message: "later" };

const [SUCCESS, FAILED] = [0, 1];
/** Until somebody gives it up. */
const never = new Promise<Answer>(() => {});

/** A counter that has come to this. */
function metricsOf(value: number): ResourceMetrics {
  const point = { startTime: [1, 0], endTime: [2, value], attributes: {}, value };
  const metric = {
    descriptor: { name: "n", description: "", unit: "", valueType: 0, advice: {}, type: "COUNTER" },
    ...{ dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: [point] },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const scopeMetrics = [{ scope: { name: "s" }, metrics: [metric] }];
  return { resource: resourceFromAttributes({}), scopeMetrics } as unknown as ResourceMetrics;
}

function exporterTo(
  answers: (tried: number) => Answer | Promise<Answer>,
  change: Partial<ResilientOptions> = {},
  bodies: Uint8Array[] = [],
) {
  const timeouts: number[] = [];
  const renewed: number[] = [];
  let closed = false;
  const sender: Sender = {
    shown: "http://c",
    send: async (body, timeoutMs, signal) => {
      bodies.push(body);
      timeouts.push(timeoutMs);
      const given = answers(bodies.length);
      if (given !== never) return given;
      return new Promise((done) => {
        signal.addEventListener("abort", () => done({ status: 0, message: "given up" }));
      });
    },
    renew: ({ madeWithinMs }) => void renewed.push(madeWithinMs),
    close: () => {
      closed = true;
    },
  };
  const lines: string[] = [];
  const state = new ServerState(
    "metrics",
    "http://c",
    "kept",
    createLog("warn", (line) => lines.push(line)),
  );
  const exporter = new ResilientExporter({
    ...{ sender: packedSender(sender), state, budgetMs: 60_000, timeoutMs: 10_000, backoff: { firstMs: 1, maxMs: 2 } },
    ...{ renewAfterMs: 777, delta: false, ...change },
  });
  const send = (metrics: ResourceMetrics) =>
    new Promise<number>((done) => exporter.export(metrics, ({ code }) => done(code)));
  const values = () =>
    bodies.map((body) => {
      const { resourceMetrics } = decodeMessage(body, exportMetrics);
      const [point] = resourceMetrics[0].scopeMetrics[0].metrics[0].sum.points;
      return point.double ?? Number(point.int);
    });
  return { exporter, send, bodies, timeouts, renewed, lines, values, isClosed: () => closed };
}

describe("an export", () => {
  it("is tried until it arrives, and says so only then", async () => {
    const { exporter, send, bodies, renewed } = exporterTo((tried) => (tried < 5 ? busy : arrived));
    const sent = send(metricsOf(1));
    expect(exporter.lastSucceeded).toBe(false);
    expect(await sent).toBe(SUCCESS);
    expect([exporter.lastSucceeded, bodies.length]).toEqual([true, 5]);
    expect(renewed).toEqual([777, 777, 777, 777]); // an old connection may be why
  });

  it("that is refused as wrong is not tried again, and said", async () => {
    const { exporter, send, bodies, lines } = exporterTo(() => ({ status: 400, message: "bad" }));
    expect(await send(metricsOf(1))).toBe(FAILED);
    expect([exporter.lastSucceeded, bodies.length, lines.length]).toEqual([false, 1, 1]);
  });

  it("that failed with all its tries has one try the next time, until one arrives", async () => {
    let answer = busy;
    const { send, bodies } = exporterTo(() => answer, { budgetMs: 50 });
    expect(await send(metricsOf(1))).toBe(FAILED);
    const tried = bodies.length;
    expect(await send(metricsOf(2))).toBe(FAILED);
    expect(bodies.length).toBe(tried + 1);
    answer = arrived;
    expect(await send(metricsOf(3))).toBe(SUCCESS);
  });

  it("of which the collector left points out has arrived, and is said", async () => {
    const { send, lines } = exporterTo(() => ({ ...arrived, rejected: 3 }));
    expect(await send(metricsOf(1))).toBe(SUCCESS);
    expect(lines.join()).toContain("3 data points were not taken");
  });

  it("that cannot be packed fails and does not stop the next one", async () => {
    const { send, bodies } = exporterTo(() => arrived);
    expect(await send({ scopeMetrics: null } as unknown as ResourceMetrics)).toBe(FAILED);
    expect(bodies).toHaveLength(0);
    expect(await send(metricsOf(1))).toBe(SUCCESS);
  });
});

describe("an export that is too large", () => {
  /** Takes so many points at a time. */
  const upTo = (most: number, bodies: () => Uint8Array[]) => () =>
    pointsOf(bodies().at(-1)) <= most ? arrived : { status: 400, message: "too large", tooLarge: true };

  function pointsOf(body: Uint8Array | undefined): number {
    const { resourceMetrics } = decodeMessage(body ?? new Uint8Array(), exportMetrics);
    return resourceMetrics[0].scopeMetrics[0].metrics[0].sum.points.length;
  }

  it("arrives in halves of halves, and nothing is said", async () => {
    const seen: Uint8Array[] = [];
    const { send, bodies, lines } = exporterTo(() => upTo(500, () => seen)(), {}, seen);
    expect(await send(countersOf(1700))).toBe(SUCCESS);
    expect(bodies.map(pointsOf)).toEqual([1700, 850, 425, 425, 850, 425, 425]);
    expect(lines.filter((line) => line.includes("refused"))).toEqual([]);
  });

  it("also where one half is refused still brings the other, and only that is said to have arrived", async () => {
    const seen: Uint8Array[] = [];
    let refuse = 1;
    const answers = () => {
      const points = pointsOf(seen.at(-1));
      if (points > 500) return { status: 400, message: "too large", tooLarge: true };
      return refuse-- > 0 ? { status: 400, message: "bad" } : arrived;
    };
    const { send, lines } = exporterTo(answers, { delta: true }, seen);
    expect(await send(countersOf(1000, 10))).toBe(FAILED);
    expect(lines.join()).toContain("bad");
    seen.length = 0;
    expect(await send(countersOf(400, 12))).toBe(SUCCESS);
    const { resourceMetrics } = decodeMessage(seen[0] ?? new Uint8Array(), exportMetrics);
    const [point] = resourceMetrics[0].scopeMetrics[0].metrics[0].sum.points;
    expect(point.double ?? Number(point.int)).toBe(12); // its first half did not arrive before
  });

  it("is not halved without end: where a quota is used up each request is one too many", async () => {
    const seen: Uint8Array[] = [];
    const { send, bodies, lines } = exporterTo(() => upTo(0, () => seen)(), {}, seen);
    expect(await send(countersOf(1700))).toBe(FAILED);
    expect(bodies.map(pointsOf)).toEqual([1700, 850, 425, 213, 212]);
    expect(lines).toHaveLength(1);
  });
});

describe("a try", () => {
  it.each([
    [{ budgetMs: 60_000, timeoutMs: 10_000 }, 10_000],
    [{ budgetMs: 8000, timeoutMs: 10_000 }, 4000],
    [{ budgetMs: 3000, timeoutMs: 10_000 }, 2000],
    [{ budgetMs: 800, timeoutMs: 10_000 }, 800],
    [{ budgetMs: 800, timeoutMs: 100 }, 100],
  ])("with %o has %d ms: half of the budget, but what a busy machine needs", async (options, ms) => {
    const { send, timeouts } = exporterTo(() => arrived, options);
    await send(metricsOf(1));
    expect(timeouts).toEqual([ms]);
  });
});

describe("somebody who waits", () => {
  const patient = { budgetMs: 600_000, timeoutMs: 100_000 };

  it("ends what hangs at once, and what is sent next has that time and no more, and few tries", async () => {
    let answer: Answer | Promise<Answer> = never;
    const { exporter, send, bodies, timeouts, lines } = exporterTo(() => answer, patient);
    const hanging = send(metricsOf(1));
    await until("a try", () => bodies.length === 1);
    exporter.beginFlush(60_000);
    expect(await hanging).toBe(FAILED);
    expect(lines).toEqual([]); // it was we who gave it up
    answer = arrived;
    expect(await send(metricsOf(2))).toBe(SUCCESS);
    expect(timeouts[1]).toBeLessThanOrEqual(60_000);
    answer = busy;
    expect(await send(metricsOf(3))).toBe(FAILED);
    expect(bodies.length).toBe(2 + 3);
    exporter.endFlush();
    answer = arrived;
    expect(await send(metricsOf(4))).toBe(SUCCESS);
    expect(timeouts.at(-1)).toBe(100_000);
  });

  it("does not wait for what is shut down", async () => {
    const { exporter, send, bodies, isClosed } = exporterTo(() => never);
    const hanging = send(metricsOf(1));
    await until("a try", () => bodies.length === 1);
    await exporter.shutdown();
    expect([await hanging, isClosed()]).toEqual([FAILED, true]);
  });
});

it("differences are those to the last export that arrived: none is lost with one that failed, none said twice", async () => {
  let answer = arrived;
  const { send, values } = exporterTo(() => answer, { delta: true });
  await send(metricsOf(10));
  answer = { status: 400, message: "bad" };
  await send(metricsOf(13));
  answer = arrived;
  await send(metricsOf(17));
  await send(metricsOf(17));
  expect(values()).toEqual([10, 3, 7, 0]);
});
