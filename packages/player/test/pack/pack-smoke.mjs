// Does the package, as npm packs it, work in an empty folder without a network: as ESM, CommonJS, script tag, and for TypeScript?
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { asProgram, quietly, tool } from "../../../../scripts/steps.mjs";
import { build } from "../../build.mjs";

const here = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const content = [
  "LICENSE",
  "README.md",
  "dist/gst-pyroscope-player.js",
  ...["hls", "index"].flatMap((name) => [
    `dist/${name}.cjs`,
    `dist/${name}.d.cts`,
    `dist/${name}.d.ts`,
    `dist/${name}.js`,
  ]),
  ...["hls-types", "types"].flatMap((name) => [`dist/${name}.d.cts`, `dist/${name}.d.ts`]),
  "package.json",
].sort();

/** Bytes after gzip. */
const limits = { core: 8 * 1024, withHls: 12 * 1024 };

const USE = `
const tracker = createTracker({ endpoint: "http://service.test", token: "t", projectId: "demo", transport: async (url, { body }) => {
  sent.push(JSON.parse(body)); return { status: 202, headers: { get: () => null } }; } });
tracker.track("playback_started", { url: "http://cdn.test/a?secret" });
if (typeof attachHlsJs !== "function") throw new Error("no attachHlsJs");
`;

const TYPED = `
import Hls from "hls.js";
const tracker: Tracker = createTracker({ endpoint: "http://x", token: "t", projectId: "demo", sampleRate: 0.5 });
const detach: () => void = attachHlsJs(document.createElement("video"), new Hls(), tracker, { sampleIntervalMs: 0 });
tracker.track("own_event", { number: 1, text: "a", none: null });
const done: Promise<void> = tracker.destroy();
// @ts-expect-error a list is no value
tracker.track("own_event", { list: [1] });
// @ts-expect-error the token is required
createTracker({ endpoint: "http://x", projectId: "demo" });
export { detach, done };
`;

const IMPORTS = `import { createTracker, type Tracker } from "gst-pyroscope-player";
import { attachHlsJs } from "gst-pyroscope-player/hls";`;

export async function packSmoke() {
  const folder = mkdtempSync(join(tmpdir(), "gst-pyroscope-player-pack-"));
  try {
    const installed = await installedIn(folder);
    runs(folder);
    await runsAsScript(installed);
    compiles(folder);
    return sizes(installed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function installedIn(folder) {
  const source = join(folder, "source");
  mkdirSync(source);
  await build(join(source, "dist"));
  for (const name of ["package.json", "README.md", "LICENSE"]) copyFileSync(here(name), join(source, name));
  const [packed] = JSON.parse(quietly("npm", ["pack", "--json", "--pack-destination", folder], { cwd: source }));
  assert.deepEqual(packed.files.map((file) => file.path).sort(), content, "content of the package");
  const user = join(folder, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), "{}");
  const quiet = ["--offline", "--no-audit", "--no-fund"];
  quietly("npm", ["install", ...quiet, join(folder, packed.filename)], { cwd: user });
  return join(user, "node_modules/gst-pyroscope-player");
}

const END = `
tracker.destroy().then(() => {
  const text = JSON.stringify(sent);
  if (!text.includes("session_ended") || text.includes("secret")) throw new Error(text);
  console.log("works");
});`;

function runs(folder) {
  const names = {
    "esm.mjs": `${IMPORTS.replace(", type Tracker", "")}\nconst sent = [];`,
    "cjs.cjs": `const { createTracker } = require("gst-pyroscope-player");
      const { attachHlsJs } = require("gst-pyroscope-player/hls"); const sent = [];`,
  };
  for (const [name, head] of Object.entries(names)) {
    writeFileSync(join(folder, "user", name), head + USE + END);
    assert.equal(quietly(process.execPath, [name], { cwd: join(folder, "user") }).trim(), "works", name);
  }
}

/** In a world that has only what a browser's script has, and not even all of that. */
async function runsAsScript(installed) {
  const sent = [];
  const world = {
    sent,
    console,
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    URL,
    AbortController,
    TextEncoder,
  };
  const script = readFileSync(join(installed, "dist/gst-pyroscope-player.js"), "utf8");
  const use = `const { createTracker, attachHlsJs } = GstPyroscopePlayer;${USE}; tracker.destroy()`;
  await runInNewContext(`${script}\n;${use}`, world);
  assert.deepEqual(
    sent.flatMap((batch) => batch.events.map((event) => event.event_name)),
    ["playback_started", "session_ended"],
  );
  assert.ok(!JSON.stringify(sent).includes("secret"));
}

function compiles(folder) {
  const user = join(folder, "user");
  const modules = fileURLToPath(new URL("../../../../node_modules/hls.js/dist/", import.meta.url));
  const paths = { "hls.js": [join(modules, "hls.d.mts")] };
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: [], paths },
    ...{ module: "nodenext", moduleResolution: "nodenext", target: "es2022", lib: ["es2022", "dom"] },
  };
  writeFileSync(join(user, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mts", "*.cts"] }));
  writeFileSync(join(user, "typed.mts"), IMPORTS + TYPED.replace("import Hls from", "import { default as Hls } from"));
  writeFileSync(
    join(user, "typed.cts"),
    `${IMPORTS}\nexport const made = createTracker; export const at = attachHlsJs; export type T = Tracker;`,
  );
  quietly(tool("tsc"), ["-p", user]);
  quietly(process.execPath, [olderTypeScript(folder), "-p", user]);
}

/** The last line of TypeScript whose compiler is written in TypeScript: what many pages are still built with. */
const OLDER_TYPESCRIPT = "5.9.3";

/** Beside the package: it is for this test alone. */
function olderTypeScript(folder) {
  const place = join(folder, "typescript");
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), "{}");
  quietly("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", `typescript@${OLDER_TYPESCRIPT}`], {
    cwd: place,
  });
  return join(place, "node_modules/typescript/bin/tsc");
}

function sizes(installed) {
  const zipped = (name) => gzipSync(readFileSync(join(installed, "dist", name)), { level: 9 }).length;
  const made = { core: zipped("index.js"), withHls: zipped("gst-pyroscope-player.js") };
  for (const [name, limit] of Object.entries(limits))
    assert.ok(made[name] <= limit, `${name}: ${made[name]} bytes after gzip, at most ${limit}`);
  return made;
}

await asProgram(import.meta.url, async () => {
  const { core, withHls } = await packSmoke();
  console.log(`gst-pyroscope-player: packed, installed, runs as ESM, CommonJS and script, compiles with --strict`);
  console.log(
    `after gzip: core ${core} bytes (limit ${limits.core}), with hls.js adapter ${withHls} (limit ${limits.withHls})`,
  );
});
