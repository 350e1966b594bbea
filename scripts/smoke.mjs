// Does the whole lab work? Stream, session service, events, counts, labels, deletion, the stream of events; under a minute.
//   smoke.mjs [--data-dir DIR]   a second run on the same directory continues
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build as bundle } from "esbuild";
import { until } from "./lab/processes.mjs";
import { startLab } from "./lab.mjs";
import { asProgram, quietly, root, StepFailed } from "./steps.mjs";

const SESSIONS = 5;
const EVENTS = 10;
const token = { "X-MTrace-Token": "demo-token" };

const counter = (text, name) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);

/** The contract's own rule, from its source; it is proved on a planted label before it is believed. */
async function contractLabels() {
  const entryPoints = [`${root}packages/contract/src/labels.ts`];
  const { outputFiles } = await bundle({ entryPoints, bundle: true, format: "esm", write: false, logLevel: "warning" });
  const { strayLabels } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  return (text) =>
    [...text.matchAll(/^(mtrace_\w+)\{([^}]*)\}/gm)].flatMap(([, metric, labels]) =>
      strayLabels(
        [...labels.matchAll(/(\w+)="/g)].map(([, name]) => name),
        metric,
      ),
    );
}

function check(outcome, name, good, saw = "") {
  outcome[good ? "passed" : "failed"] += 1;
  console.log(`${good ? "ok  " : "FAIL"} ${name}${good ? "" : `: ${saw}`}`);
}

async function streamPlays({ url }, outcome) {
  const playlist = await (await fetch(`${url}/live/playlist.m3u8`)).text();
  check(outcome, "the playlist has program time", /^#EXT-X-PROGRAM-DATE-TIME:/m.test(playlist), playlist);
  const [segment = "none"] = playlist.match(/^seg\d+\.ts$/m) ?? [];
  const { status } = await fetch(`${url}/live/${segment}`);
  check(outcome, "a segment is handed out", status === 200, `${segment}: ${status}`);
}

function batchOf(session) {
  const events = Array.from({ length: EVENTS }, (_, sequence) => ({
    ...{ event_name: "metrics_sampled", project_id: "demo", session_id: session, sequence_number: sequence + 1 },
    ...{ client_timestamp: new Date().toISOString(), sdk: { name: "smoke", version: "1.0.0" } },
  }));
  return JSON.stringify({ schema_version: "1.0", events });
}

async function frameSeen({ url }, act) {
  const headers = { ...token, Accept: "text/event-stream" };
  const stream = await fetch(`${url}/api/stream-sessions/stream`, { headers, signal: AbortSignal.timeout(10_000) });
  await act();
  let text = "";
  for await (const piece of stream.body) {
    text += Buffer.from(piece).toString();
    if (text.includes("event_appended")) return true;
  }
  return false;
}

async function eventsCount({ url }, sessions, outcome) {
  const metrics = async () => (await fetch(`${url}/api/metrics`)).text();
  const before = counter(await metrics(), "mtrace_playback_events_total");
  const headers = { ...token, "Content-Type": "application/json" };
  const post = async () => {
    for (const session of sessions) {
      const sent = await fetch(`${url}/api/playback-events`, { method: "POST", headers, body: batchOf(session) });
      check(outcome, `${EVENTS} events of ${session} are accepted`, sent.status === 202, sent.status);
    }
  };
  check(outcome, "the stream of events shows them", await frameSeen({ url }, post).catch(() => false), "no frame");
  const text = await metrics();
  const added = counter(text, "mtrace_playback_events_total") - before;
  check(outcome, "the counter has them all", added === SESSIONS * EVENTS, added);
  const stray = await contractLabels();
  check(outcome, "a planted label is found", stray('mtrace_x{session_id="1"} 1').length === 1);
  check(outcome, "no series has a label of its own making", stray(text).length === 0, stray(text));
}

/** A token that may delete; a running service knows it after a moment. */
function adminToken(dataDir) {
  const args = ["token", "add", "--project", "demo", "--kind", "admin", "--data-dir", join(dataDir, "store")];
  const shown = "gst-pyroscope serve token add";
  const printed = quietly(process.execPath, [`${root}packages/serve/dist/serve.js`, ...args], { shown });
  return /[\w-]{20,}/.exec(printed)?.[0] ?? "";
}

async function sessionsRead({ url }, sessions, outcome) {
  for (const session of sessions) {
    const address = `${url}/api/stream-sessions/${session}`;
    const { events = [] } = await (await fetch(address, { headers: token })).json();
    check(outcome, `${session} has ${EVENTS} events`, events.length === EVENTS, events.length);
  }
}

async function sessionDeleted({ url }, session, dataDir, outcome) {
  const address = `${url}/api/stream-sessions/${session}`;
  const headers = { "X-MTrace-Token": adminToken(dataDir) };
  await until("deletion is permitted", async () => (await fetch(address, { method: "DELETE", headers })).ok, {
    ms: 10_000,
  });
  const { status } = await fetch(address, { headers: token });
  check(outcome, "a session that was deleted is gone", status === 404, status);
  const store = join(dataDir, "store");
  const files = readdirSync(store, { recursive: true }).map((name) => join(store, name));
  const left = files.filter((file) => statSync(file).isFile() && readFileSync(file).includes(session));
  check(outcome, "nothing of it is in any file", files.length > 0 && left.length === 0, left);
}

await asProgram(import.meta.url, async ([option, given]) => {
  const own = option !== "--data-dir";
  const dataDir = own ? mkdtempSync(join(tmpdir(), "gst-pyroscope-smoke-")) : resolve(given);
  const outcome = { passed: 0, failed: 0 };
  const lab = await startLab({ dataDir });
  try {
    const run = Date.now().toString(36);
    const sessions = Array.from({ length: SESSIONS }, (_, index) => `smoke-${run}-${index + 1}`);
    await streamPlays(lab, outcome);
    await eventsCount(lab, sessions, outcome);
    await sessionsRead(lab, sessions, outcome);
    await sessionDeleted(lab, sessions[0], dataDir, outcome);
  } finally {
    await lab.stop();
    if (own) rmSync(dataDir, { recursive: true, force: true });
  }
  console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
  if (outcome.failed > 0) throw new StepFailed("the smoke run failed");
});
