// Makes dist/report-page.html, the one file that `report --html` fills with data: style and script inline, named by hash in its CSP;
// dist/diff-page.html, the same for `diff --html`; and dist/live-page.{html,js,css}, the same page as the agent serves it: nothing inline, its CSP is a header of the server.
// SPDX-License-Identifier: MPL-2.0
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = new URL("../", import.meta.url);
const page = new URL("src/page/browser/", root);
const livePage = new URL("src/live/", root);

const dist = new URL("dist/", root);

const standIn = (name) => fileURLToPath(new URL(name, page));

/** What d3-flame-graph brings along for things that no page of ours does. */
export const flameAliases = {
  "d3-transition": standIn("d3-transition-stub.ts"),
  ...Object.fromEntries(["scale", "format", "ease", "array"].map((part) => [`d3-${part}`, standIn("d3-stand-ins.ts")])),
};

/** Below dist/: what a package has of the pages. */
export const pageFiles = ["report-page.html", "diff-page.html", "live-page.html", "live-page.js", "live-page.css"];

const bundle = (entry) =>
  build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    minify: true,
    keepNames: true, // d3-flame-graph asks for the name of a class
    format: "iife",
    target: ["chrome111", "firefox113", "safari16.2"],
    charset: "ascii",
    legalComments: "none",
    loader: { ".css": "empty" },
    alias: flameAliases,
    logLevel: "warning",
    absWorkingDir: fileURLToPath(root),
    metafile: true,
  });

const minified = async (css) => (await transform(css, { loader: "css", minify: true })).code;

/** Returns the size of the report's page, and what esbuild says of both. */
export async function buildPage() {
  const [report, diff, live] = await Promise.all([
    bundle(new URL("main.ts", page)),
    bundle(new URL("diff-main.ts", page)),
    bundle(new URL("browser/main.ts", livePage)),
  ]);
  const ours = ["flame.css", "page.css"].map(read).join("\n");
  const css = `${readFileSync(new URL("node_modules/uplot/dist/uPlot.min.css", root), "utf8")}\n${ours}`;
  const html = await wholePage("page.html", report.outputFiles[0].text, await minified(css));
  const diffCss = await minified(ours + read("diff.css"));
  mkdirSync(dist, { recursive: true });
  writeFileSync(new URL("report-page.html", dist), html);
  writeFileSync(new URL("diff-page.html", dist), await wholePage("diff.html", diff.outputFiles[0].text, diffCss));
  writeFileSync(new URL("live-page.html", dist), liveHtml());
  writeFileSync(new URL("live-page.js", dist), live.outputFiles[0].text);
  writeFileSync(
    new URL("live-page.css", dist),
    await minified(css + readFileSync(new URL("browser/live.css", livePage), "utf8")),
  );
  return { bytes: html.length, metafile: report.metafile, metafiles: [report.metafile, diff.metafile, live.metafile] };
}

const read = (name) => readFileSync(new URL(name, page), "utf8");

async function wholePage(name, bundled, css) {
  const script = bundled.replaceAll("</script", "<\\/script");
  const csp = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(css)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const slots = { CSP: csp, CSS: css, SCRIPT: script, LIVE: "" };
  const html = markup(name).replace(/\{\{(CSP|CSS|SCRIPT|LIVE)\}\}/g, (_, slot) => slots[slot]);
  if (html.split("{{DATA}}").length !== 2) throw new Error("the page must have one place for its data");
  return html;
}

/** With the head that all pages have, and the mark of the program. */
const markup = (name) =>
  read(name)
    .replace(/\{\{HEAD (.+)\}\}\n/, (_, title) => read("head.html").replace("{{TITLE}}", () => title))
    .replace("{{MARK}}", () => read("mark.html").trimEnd());

/** What stands inline in the report, and what stands there on the live page. */
function liveHtml() {
  const changes = [
    ['<meta http-equiv="Content-Security-Policy" content="{{CSP}}">\n', ""],
    ["<style>{{CSS}}</style>", '<link rel="stylesheet" href="live-page.css">'],
    ['<script type="application/json" id="data">{{DATA}}</script>\n', ""],
    ["<script>{{SCRIPT}}</script>", '<script src="live-page.js"></script>'],
    ["{{LIVE}}", readFileSync(new URL("browser/live.html", livePage), "utf8")],
    ["<title>gst-pyroscope report</title>", "<title>gst-pyroscope live</title>"],
    [
      "This report needs JavaScript. “gst-pyroscope report DIR --text” prints the same figures.",
      "This page needs JavaScript. “gst-pyroscope top” shows the same figures in a terminal.",
    ],
  ];
  return changes.reduce((html, [from, to]) => {
    if (html.split(from).length !== 2) throw new Error(`the page must have one ${from}`);
    return html.replace(from, () => to);
  }, markup("page.html"));
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`dist/report-page.html: ${Math.round((await buildPage()).bytes / 1000)} kB`);
}
