// Which span does a request get, and where does it go? One each, none for /api/metrics, to the OTLP endpoint that is configured; never a session id.
// SPDX-License-Identifier: MPL-2.0
import { randomBytes } from "node:crypto";
import type { spanAttributes } from "@gst-pyroscope/contract/labels";
import { readTraceparent } from "@gst-pyroscope/contract/traceparent";
import { type SpanContext, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { MiddlewareHandler } from "hono";
import type { Outcome } from "../ingest/outcome.js";
import type { Log } from "../telemetry/log.js";
import { type Endpoint, endpointIn } from "../telemetry/otlp-endpoint.js";
import type { Ctx, Env } from "./context.js";

type Exported = Parameters<typeof JsonTraceSerializer.serializeRequest>[0][number];
type Attributes = Exported["attributes"];

const MOST_WAITING = 2048;
const BATCH = 512;
const EVERY_MS = 5000;
const PATIENCE_MS = 10_000;
const FAREWELL_MS = 500;

/** null: no variable of OpenTelemetry asks for them. */
export function spansFrom(environment: Record<string, string | undefined>, version: string, log: Log): Spans | null {
  const endpoint = endpointIn(environment);
  return endpoint === null ? null : new Spans(endpoint, version, log);
}

export class Spans {
  readonly #endpoint: Endpoint;
  readonly #log: Log;
  readonly #common: Pick<Exported, "resource" | "instrumentationScope">;
  readonly #timer: NodeJS.Timeout;
  #waiting: Exported[] = [];
  #lost = 0;

  constructor(endpoint: Endpoint, version: string, log: Log) {
    this.#endpoint = endpoint;
    this.#log = log;
    const names = { "service.name": endpoint.service, "service.version": version, "mtrace.component": "serve" };
    this.#common = {
      resource: resourceFromAttributes(names),
      instrumentationScope: { name: "gst-pyroscope-serve", version },
    };
    this.#timer = setInterval(() => this.#send(PATIENCE_MS), EVERY_MS).unref();
  }

  readonly around: MiddlewareHandler<Env> = async (c, next) => {
    if (c.req.path === "/api/metrics") return next();
    const parent = readTraceparent(c.req.header("traceparent"));
    const begin = Date.now();
    await next();
    if (typeof parent === "string" || parent.sampled) this.#keep(c, parent, begin);
    return undefined;
  };

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#send(FAREWELL_MS);
  }

  #keep(c: Ctx, parent: ReturnType<typeof readTraceparent>, begin: number): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#lost++;
      return;
    }
    const remote = typeof parent === "string" ? undefined : parent;
    const context = { traceId: remote?.traceId ?? hex(16), spanId: hex(8), traceFlags: 1 };
    const attributes = known(attributesOf(c, parent === "invalid"));
    const parentSpanContext = remote && {
      traceId: remote.traceId,
      spanId: remote.spanId,
      traceFlags: 1,
      isRemote: true,
    };
    this.#waiting.push({
      ...this.#common,
      ...spanOf(context, [begin, Date.now()], attributes),
      ...(parentSpanContext && { parentSpanContext }),
    });
    if (this.#waiting.length >= BATCH) void this.#send(PATIENCE_MS);
  }

  async #send(patienceMs: number): Promise<void> {
    const spans = this.#waiting;
    this.#waiting = [];
    const body = spans.length === 0 ? undefined : JsonTraceSerializer.serializeRequest(spans);
    if (body === undefined) return;
    const { url, headers } = this.#endpoint;
    try {
      const signal = AbortSignal.timeout(patienceMs);
      const answer = await fetch(url, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: new Uint8Array(body),
        signal,
      });
      await answer.arrayBuffer();
      if (!answer.ok) this.#lose(spans.length, `status ${answer.status}`);
    } catch (error) {
      this.#lose(spans.length, reasonOf(error as Error));
    }
  }

  #lose(spans: number, reason: string): void {
    this.#lost += spans;
    this.#log.warn("spans were not delivered", { reason, spans_lost: this.#lost });
  }
}

/** Not its message, which may quote the endpoint with a password in it. */
function reasonOf({ name, cause }: Error): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : name;
}

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
const split = (ms: number): [number, number] => [Math.floor(ms / 1000), (ms % 1000) * 1e6];

function spanOf(context: SpanContext, [begin, end]: [number, number], attributes: Attributes) {
  const failed = Number(attributes["http.status_code"]) >= 500;
  return {
    name: `${attributes["http.method"]} ${attributes["http.route"]}`,
    kind: SpanKind.SERVER,
    spanContext: () => context,
    startTime: split(begin),
    endTime: split(end),
    duration: split(end - begin),
    ended: true,
    status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes,
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Another name than those of the contract's table does not compile. */
type SpanAttributes = { [Name in (typeof spanAttributes)[number]]?: string | number | boolean | undefined };

const known = (attributes: SpanAttributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

function attributesOf(c: Ctx, hadBadParent: boolean): SpanAttributes {
  const batch = c.get("batch") as Outcome | undefined;
  const { correlations, skewed } = batch ?? {};
  return {
    "http.method": c.req.method,
    "http.route": routeOf(c),
    "http.status_code": c.res.status,
    "mtrace.batch.outcome": batch?.outcome,
    "mtrace.project.id": batch?.project,
    "mtrace.batch.size": batch?.events,
    "mtrace.batch.session_count": correlations?.length,
    "mtrace.session.correlation_id": correlations?.length === 1 ? correlations[0] : undefined,
    "mtrace.time.skew_warning": skewed || undefined,
    "mtrace.trace.parse_error": hadBadParent || undefined,
  };
}

/** The pattern: an address may hold a session id. */
function routeOf(c: Ctx): string {
  const own = c.req.routePath;
  if (!own.includes("*")) return own;
  return c.req.path.startsWith("/api/stream-sessions/") ? "/api/stream-sessions/:id" : "*";
}
