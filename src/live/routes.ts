// Which requests are answered about running targets? They ask for no token themselves: the server that mounts them lets in only the same user, or a request with the token.
// SPDX-License-Identifier: MPL-2.0

import { type Context, Hono } from "hono";
import type { HotFunctions } from "../analysis/hottest-functions.js";
import { attempt } from "../model/attempt.js";
import { askedRange } from "./asked-range.js";
import { EventStreams } from "./events.js";
import type { LiveRange, LiveTarget, LiveTargets } from "./live-target.js";
import { settableNames } from "./settings.js";
import { Views } from "./views.js";

/** Of a request to change settings. The servers that mount these routes refuse longer ones than they read. */
const MOST_BODY = 16 * 1024;
/** The first window comes about a second after somebody looks. */
const FIRST_WINDOW_MS = 3000;

/** `version`: of this agent. */
export function liveRoutes(targets: LiveTargets, version: string, views = new Views()): Hono {
  const app = new Hono();
  const streams = new EventStreams();
  const saving = new WeakSet<LiveTarget>();

  app.get("/api/status", (c) =>
    json(c, JSON.stringify({ version, pid: process.pid, targets: targets().map((target) => target.status()) })),
  );
  app.get("/api/targets/:id/summary", (c) =>
    ofPart(c, targets, (target, range) => json(c, views.text(target, "summary", range))),
  );
  app.get("/api/targets/:id/functions", (c) =>
    ofPart(c, targets, (target, range) => functions(c, views.text(target, "functions", range))),
  );
  app.get("/api/targets/:id/page", (c) => ofPart(c, targets, (target, range) => page(c, views, target, range)));
  app.get("/api/targets/:id/strip", (c) => ofPart(c, targets, (target) => json(c, JSON.stringify(target.strip()))));
  app.get("/api/targets/:id/events", (c) => ofTarget(c, targets, (target) => streams.answer(c, target)));
  app.post("/api/targets/:id/set", onlyJson, (c) => ofTarget(c, targets, (target) => change(c, target)));
  app.post("/api/targets/:id/capture", onlyJson, (c) =>
    ofPart(c, targets, (target, range) => save(c, target, range, saving)),
  );
  app.notFound((c) => refuse(c, 404, "there is nothing at this path; GET /api/status lists the targets"));
  app.onError((error, c) => refuse(c, 500, error.message));
  return app;
}

type Answer = Response | Promise<Response>;

/** null: there is nothing to say. */
function json(c: Context, text: string | null): Response {
  const send = c.get("sendJson");
  if (send !== undefined) return send(text);
  return text === null ? c.body(null, 204) : c.body(text, 200, { "Content-Type": "application/json" });
}

function page(c: Context, views: Views, target: LiveTarget, range: LiveRange | undefined): Response {
  const { parts, stacks } = c.req.query();
  const whole = stacks === undefined ? "page" : "stacks";
  if (parts === "due") return json(c, views.due(target, range, whole));
  return json(c, views.text(target, parts === "table" ? "table" : whole, range));
}

/** Of all elements, or a list of one's own. */
function functions(c: Context, all: string): Response {
  const element = c.req.query("element");
  if (element === undefined) return json(c, all);
  const known = JSON.parse(all) as HotFunctions;
  return c.json(Object.hasOwn(known, element) ? known[element] : []);
}

function refuse(c: Context, code: 400 | 404 | 409 | 413 | 415 | 500, sentence: string): Response {
  return c.json({ error: sentence }, code);
}

/** A page of another origin may not send it without asking. */
async function onlyJson(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  if (/^application\/json\b/.test(c.req.header("content-type") ?? "")) {
    await next();
    return undefined;
  }
  return refuse(c, 415, "this request is sent as application/json");
}

function ofTarget(c: Context, targets: LiveTargets, answer: (target: LiveTarget) => Answer): Answer {
  const text = c.req.param("id") ?? "";
  if (!/^[1-9]\d{0,8}$/.test(text)) return refuse(c, 400, "the number of a target is a whole number from 1");
  const target = targets().find(({ id }) => id === Number(text));
  return target === undefined
    ? refuse(c, 404, `there is no target ${text} here; GET /api/status lists them`)
    : answer(target);
}

/** Of a part of its time. Each request keeps the windows going for a while. */
function ofPart(
  c: Context,
  targets: LiveTargets,
  answer: (target: LiveTarget, range: LiveRange | undefined) => Answer,
): Answer {
  return ofTarget(c, targets, async (target) => {
    const { from, to, last } = c.req.query();
    const early = askedRange({ from, to, last }, undefined);
    if ("problem" in early) return refuse(c, 400, early.problem);
    const release = target.watch();
    try {
      await firstWindow(target);
      const asked = askedRange({ from, to, last }, target.newest());
      return "problem" in asked ? refuse(c, 400, asked.problem) : await answer(target, asked.range);
    } finally {
      release();
    }
  });
}

/** Resolves once there is one, or it is clear that there will be none soon. */
async function firstWindow(target: LiveTarget): Promise<void> {
  if (target.newest() !== undefined || target.ended) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(late);
      stop();
      resolve();
    };
    const late = setTimeout(done, FIRST_WINDOW_MS).unref();
    const stop = target.onWindow(done);
  });
}

async function change(c: Context, target: LiveTarget): Promise<Response> {
  const text = await c.req.text();
  if (text.length > MOST_BODY) return refuse(c, 413, `a request has ${MOST_BODY} bytes at most`);
  const changes: unknown = attempt(() => JSON.parse(text), undefined);
  if (!isTexts(changes))
    return refuse(
      c,
      400,
      `send one JSON object of texts, as {"sample-rate":"250"}; names are ${settableNames.join(", ")}`,
    );
  return c.json(target.set(changes));
}

function isTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const texts = Object.values(value);
  return texts.length > 0 && texts.every((text) => typeof text === "string");
}

async function save(
  c: Context,
  target: LiveTarget,
  range: LiveRange | undefined,
  saving: WeakSet<LiveTarget>,
): Promise<Response> {
  if (target.newest() === undefined) return refuse(c, 409, "nothing is kept yet: ask again in a second");
  if (saving.has(target)) return refuse(c, 409, "a capture of this target is being written already");
  saving.add(target);
  try {
    return c.json({ path: await target.save(range) });
  } catch (error) {
    return refuse(c, 500, (error as Error).message);
  } finally {
    saving.delete(target);
  }
}
