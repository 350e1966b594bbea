// What can be done to a data directory without the server? Remove sessions, add, list and remove tokens.
// SPDX-License-Identifier: MPL-2.0
import { randomBytes } from "node:crypto";
import { hashOf } from "./ingest/tokens.js";
import { isOfStreams, streamPaths } from "./maintain-streams.js";
import { openStoreOf } from "./open-store.js";
import { type Action, type Asked, type Settings, UsageError } from "./options.js";
import { systemClock } from "./sessions/clock.js";
import { hasSessions, openProjectsIn, StoreUnusable } from "./store/open.js";
import type { Project, ProjectStore, PurgeTarget } from "./store/port.js";

const TOKEN_BYTES = 24;
const SHORT_HASH = 12;

/** A directory that a service uses takes changes of its tokens, but no removal of sessions. */
export async function maintain({ action, settings }: Asked, out: (text: string) => void): Promise<void> {
  if (settings.store === "memory") throw new UsageError("store=memory keeps nothing: there is nothing to change in it");
  if (isOfStreams(action)) return streamPaths(action, settings, out);
  const purged = purgeTarget(action);
  if (purged === null) return tokens(action, settings, out);
  const { dataDir } = settings;
  if (!hasSessions(dataDir))
    throw new StoreUnusable(
      `There are no sessions to remove in ${dataDir}: name the service's folder with --data-dir.`,
    );
  const store = await openStoreOf(settings);
  try {
    const { sessions, events } = await store.purge(purged);
    if (action.what === "purge-session" && sessions === 0) throw new StoreUnusable(noSession(action, dataDir));
    const where = action.what === "wipe" ? ` from ${dataDir}; its projects and tokens stay` : "";
    out(`removed: ${sessions} sessions, ${events} events${where}\n`);
  } finally {
    await store.close();
  }
}

const noSession = ({ sessionId, project }: Action & { what: "purge-session" }, dataDir: string): string =>
  `The project ${project} has no session ${sessionId} in ${dataDir}: the page Sessions has the names, --project and --data-dir choose others.`;

function purgeTarget(action: Action): PurgeTarget | null {
  if (action.what === "wipe") return "all";
  if (action.what === "purge-session") return { project: action.project, sessionId: action.sessionId };
  return action.what === "purge-before" ? { beforeMs: systemClock.now() - action.ageMs } : null;
}

async function tokens(action: Action, { dataDir, store, allowOrigins }: Settings, out: (text: string) => void) {
  const projects = openProjectsIn(dataDir, store === "auto" || store === "memory" ? undefined : store);
  try {
    if (action.what === "token-add") out(await addToken(action, allowOrigins, projects));
    else if (action.what === "token-remove") out(await removeToken(action.hash, projects));
    else out(await listTokens(projects));
  } finally {
    projects.close();
  }
}

/** Printed once: only its hash is kept. */
async function addToken(
  { project, kind }: Action & { what: "token-add" },
  origins: string[],
  store: ProjectStore,
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

async function removeToken(hash: string, store: ProjectStore): Promise<string> {
  const found = (await store.tokens()).filter((token) => token.hash.startsWith(hash));
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new UsageError(`${found.length} tokens have a hash that begins with ${hash}: token list shows them`);
  await store.removeToken(one.hash);
  return `removed: ${one.kind} token of ${one.project}\n`;
}

async function listTokens(store: ProjectStore): Promise<string> {
  const tokens = await store.tokens();
  if (tokens.length === 0) return "there are no tokens: token add --project NAME --kind browser makes one\n";
  const lines = tokens.map(({ hash, project, kind, createdMs }) =>
    [hash.slice(0, SHORT_HASH), project, kind, new Date(createdMs).toISOString()].join("  "),
  );
  return `${lines.join("\n")}\n`;
}
