// Do imports only go along the arrows of the house?
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { filesBelow, linesOf, shownLine, textOf } from "../helpers/tree.js";

/** Rows of a table in docs/architecture.md: room → rooms that it may use besides itself. */
function arrows(heading: string): Record<string, string[]> {
  const [, section = ""] = textOf("docs/architecture.md").split(`## Rooms of \`${heading}/\`\n`);
  const [table = ""] = section.split("\n## ");
  const rows = [...table.matchAll(/^\| `([\w/-]+)` \|[^|]*\|([^|]*)\|$/gm)];
  return Object.fromEntries(rows.map(([, room, may = ""]) => [room, may.split(/,\s*/).map((name) => name.trim())]));
}

const nativeArrows = arrows("native");
const sourceArrows = arrows("src");

function includes(folder: string) {
  const files = filesBelow(`native/${folder}`).filter((path) => /\.(cc|h|inc)$/.test(path));
  return linesOf(files).flatMap((line) => {
    const [, target] = /^\s*#\s*include\s+"([^"]+)"/.exec(line.text) ?? [];
    return target?.includes("/") ? [{ line, to: target.split("/")[0] ?? "", part: dirname(target) }] : [];
  });
}

function sourceRoom(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

function sourceImports() {
  const files = filesBelow("src").filter((path) => path.endsWith(".ts"));
  return linesOf(files).flatMap((line) => {
    const [, target] = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/.exec(line.text) ?? [];
    if (target === undefined) return [];
    // The agent hands the addon to these: they know its types, and load nothing.
    const handed =
      /^import type .*\/native\.js"/.test(line.text) && ["input", "profile", "symbols"].includes(sourceRoom(line.path));
    if (handed) return [];
    return [
      {
        line,
        from: sourceRoom(line.path),
        to: sourceRoom(normalize(join(dirname(line.path), target.replace(/\.js$/, ".ts")))),
      },
    ];
  });
}

/** Files that lie on a circle of imports: the parts of Tarjan's strongly connected components with more than one file. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const number = order.size;
    order.set(file, number);
    open.push(file);
    let low = number;
    for (const next of imports.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? low);
      lowest.set(file, low);
    }
    if (low === number) {
      const part = open.splice(open.indexOf(file));
      if (part.length > 1) found.push(part.sort());
    }
    return low;
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return found;
}

describe("native", () => {
  const folders = [...new Set(filesBelow("native").map((path) => path.split("/")[1] ?? ""))].filter(
    (name) => !name.includes("."),
  );

  test("every folder has its arrows", () => {
    expect(folders.filter((folder) => !(folder in nativeArrows))).toEqual([]);
  });

  test.each(folders)("%s includes only where its arrows go", (folder) => {
    const allowed = [folder, ...(nativeArrows[folder] ?? [])];
    expect(
      includes(folder)
        .filter(({ to, part }) => !allowed.includes(to) && !allowed.includes(part))
        .map(({ line }) => shownLine(line)),
    ).toEqual([]);
  });

  const parts = [...new Set(filesBelow("native").map(dirname))]
    .map((path) => path.replace(/^native\/?/, ""))
    .filter((path) => path.includes("/"));

  test.each(parts)("%s includes of its room only where its arrows go", (part) => {
    expect(nativeArrows).toHaveProperty([part]);
    const room = dirname(part);
    const allowed = [part, ...(nativeArrows[part] ?? [])];
    const lines = linesOf(filesBelow(`native/${part}`)).filter(({ text }) => text.startsWith(`#include "${room}/`));
    const strays = lines.filter(({ text }) => !allowed.includes(dirname(text.split('"')[1] ?? "")));
    expect(strays.map(shownLine)).toEqual([]);
  });

  test("GStreamer's headers are for pads and tracer, Node's for the addon", () => {
    const lines = linesOf(filesBelow("native").filter((path) => /\.(cc|h)$/.test(path)));
    const strays = lines.filter(
      ({ path, text }) =>
        (/#\s*include\s*<(gst\/|glib|gobject)/.test(text) && !/^native\/(pads|tracer)\//.test(path)) ||
        (/#\s*include\s*<napi/.test(text) && !path.startsWith("native/addon/")),
    );
    expect(strays.map(shownLine)).toEqual([]);
  });
});

describe("src", () => {
  const found = sourceImports();

  test("imports are seen at all", () => {
    expect(found.length).toBeGreaterThan(10);
  });

  test("every room has its arrows", () => {
    const rooms = new Set(filesBelow("src").map(sourceRoom));
    expect([...rooms].filter((room) => !(room in sourceArrows))).toEqual([]);
  });

  test("imports go along the arrows", () => {
    const strays = found.filter(({ from, to }) => from !== to && !sourceArrows[from]?.includes(to));
    expect(strays.map(({ line }) => shownLine(line))).toEqual([]);
  });

  test("no file imports itself by way of others", () => {
    const files = filesBelow("src").filter((path) => path.endsWith(".ts"));
    const known = new Map<string, string[]>(files.map((path) => [path, []]));
    for (const { path, text } of linesOf(files)) {
      const [, target] = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/.exec(text) ?? [];
      if (target !== undefined) known.get(path)?.push(normalize(join(dirname(path), target.replace(/\.js$/, ".ts"))));
    }
    const three = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["c", ["a"]],
      ["d", []],
    ]);
    expect(circles(three)).toEqual([["a", "b", "c"]]);
    expect(circles(known)).toEqual([]);
  });

  test("only native.ts loads the addon, only config.ts reads the environment, only output, server and door have sockets", () => {
    const wards: [RegExp, RegExp][] = [
      [/pyroscope\.node"/, /^src\/native\.ts$/],
      [/\bprocess\.env\b/, /^src\/config\/config\.ts$/],
      [
        /\bfetch\(|from "node:(net|http|https|http2|tls|dgram|dns)"/,
        /^src\/((output|delivery|symbols|door|server)\/.*|live\/browser\/agent-api|server)\.ts$/,
      ],
    ];
    // The page of the report runs in a browser, and may not fetch at all; the live page asks its agent, in one file.
    const lines = linesOf(filesBelow("src").filter((path) => path.endsWith(".ts")));
    const strays = lines.filter(({ path, text }) =>
      wards.some(([what, where]) => what.test(text) && !where.test(path)),
    );
    expect(strays.map(shownLine)).toEqual([]);
  });

  test("no HTTP library and no Graphviz is loaded before somebody asks for it: neither by the agent nor by a command", () => {
    const loaded = new Set(["src/commands/start.ts", "src/commands/program.ts", "src/agent/agent.ts"]);
    for (const path of loaded) {
      for (const [, target = ""] of textOf(path).matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";/gms))
        loaded.add(normalize(join(dirname(path), target.replace(/\.js$/, ".ts"))));
    }
    expect(loaded.has("src/agent/live-pages.ts")).toBe(true);
    expect([...loaded].filter((path) => /^import (?!type )[^;]*?from "(@?hono|@viz-js)/ms.test(textOf(path)))).toEqual(
      [],
    );
  });
});
