// Makes dist/report-page.html, the one file that `report --html` fills with data: style and script inline, named by hash in its CSP.
// SPDX-License-Identifier: MPL-2.0
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = new URL("../", import.meta.url);
const page = new URL("src/page/browser/", root);

export async function buildPage() {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", page))],
    bundle: true,
    write: false,
    minify: true,
    keepNames: true, // d3-flame-graph asks for the name of a class
    format: "iife",
    target: ["chrome111", "firefox113", "safari16.2"],
    charset: "ascii",
    legalComments: "none",
    loader: { ".css": "empty" },
    alias: { "d3-transition": fileURLToPath(new URL("d3-transition-stub.ts", page)) },
    logLevel: "warning",
  });
  const script = bundle.outputFiles[0].text.replaceAll("</script", "<\\/script");
  const css = (await transform(readFileSync(new URL("page.css", page), "utf8"), { loader: "css", minify: true })).code;
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
  const slots = { CSP: csp, CSS: css, SCRIPT: script };
  const html = readFileSync(new URL("page.html", page), "utf8").replace(
    /\{\{(CSP|CSS|SCRIPT)\}\}/g,
    (_, slot) => slots[slot],
  );
  if (html.split("{{DATA}}").length !== 2) throw new Error("the page must have one place for its data");
  mkdirSync(new URL("dist/", root), { recursive: true });
  writeFileSync(new URL("dist/report-page.html", root), html);
  return html.length;
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`dist/report-page.html: ${Math.round((await buildPage()) / 1000)} kB`);
}
