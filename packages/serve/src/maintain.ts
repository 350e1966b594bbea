// What can be done to a data directory without the server? Remove sessions, add, list and remove tokens.
// SPDX-License-Identifier: MPL-2.0
import { randomBytes } from "node:crypto";
import { hashOf } from "./ingest/tokens.js";
import { openStore } from "./open-store.js";
import { type Action, type Asked, UsageError } from "./options.js";
import { systemClock } from "./sessions/clock.js";
import type { Project, Removed, SessionStore } from "./store/port.js";
import { jsonLog } from "./telemetry/log.js";

const TOKEN_BYTES = 24;
const SHORT_HASH = 12;

export async function maintain({ action, settings }: Asked, out: (text: string) => void): Promise<void> {
  if (settings.store === "memory") throw new UsageError("store=memory keeps nothing: there is nothing to change in it");
  const log = jsonLog((line) => process.stderr.write(line), systemClock.now);
  const store = await openStore({ ...settings, log });
  try {
    out(await done(action, settings.allowOrigins, store));
  } finally {
    await store.close();
  }
}

async function done(action: Action, origins: string[], store: SessionStore): Promise<string> {
  switch (action.what) {
    case "wipe":
      return removed(await store.purge("all"));
    case "purge-session":
      return removed(await store.purge({ project: action.project, sessionId: action.sessionId }));
    case "purge-before":
      return removed(await store.purge({ beforeMs: systemClock.now() - action.ageMs }));
    case "token-add":
      return addToken(action, origins, store);
    case "token-remove":
      return removeToken(action.hash, store);
    default:
      return listTokens(store);
  }
}

const removed = ({ sessions, events }: Removed): string => `removed: ${sessions} sessions, ${events} events\n`;

/** Printed once: only its hash is kept. */
async function addToken(
  { project, kind }: Action & { what: "token-add" },
  origins: string[],
  store: SessionStore,
): Promise<string> {
  const known = (await store.projects()).find(({ id }) => id === project);
  const createdMs = systemClock.now();
  const fresh: Project = { id: project, name: project, origins: [], limits: null, createdMs };
  const before = known ?? fresh;
  await store.putProject({ ...before, origins: [...new Set([...before.origins, ...origins])] });
  const token = `${kind}_${randomBytes(TOKEN_BYTES).toString("base64url")}`;
  await store.putToken({ hash: hashOf(token).toString("hex"), project, kind, createdMs });
  return `${token}\n`;
}

async function removeToken(hash: string, store: SessionStore): Promise<string> {
  const found = (await store.tokens()).filter((token) => token.hash.startsWith(hash));
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new UsageError(`${found.length} tokens have a hash that begins with ${hash}: token list shows them`);
  await store.removeToken(one.hash);
  return `removed: ${one.kind} token of ${one.project}\n`;
}

async function listTokens(store: SessionStore): Promise<string> {
  const tokens = await store.tokens();
  if (tokens.length === 0) return "there are no tokens: token add --project NAME --kind browser makes one\n";
  const lines = tokens.map(({ hash, project, kind, createdMs }) =>
    [hash.slice(0, SHORT_HASH), project, kind, new Date(createdMs).toISOString()].join("  "),
  );
  return `${lines.join("\n")}\n`;
}
