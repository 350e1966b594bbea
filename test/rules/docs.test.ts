// Is what the documents say so? Commands are run, names exist, numbers are those of the code.
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { summarize } from "../../src/analysis/summary.js";
import { readCapture } from "../../src/capture/reader.js";
import { optionTable, variableOf, variableTable } from "../../src/config/options.js";
import type { Summary } from "../../src/model/summary.js";
import { element, pluginEnvironment, scratch, summaryOf, until } from "../helpers/pipelines.js";
import { freePort } from "../helpers/real-server.js";
import { sampleCapture, writeSample } from "../helpers/sample-capture.js";
import { encoders } from "../helpers/sample-elements.js";
import { filesBelow, root, textOf } from "../helpers/tree.js";

interface Block {
  document: string;
  language: string;
  /** Marked: a reader may paste it, and so does this test. */
  runs: boolean;
  text: string;
}

const documents = filesBelow().filter((path) => path.endsWith(".md"));
const blocks = documents.flatMap((document): Block[] =>
  [...textOf(document).matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = "", text = ""]) => {
    const [language = "", ...marks] = info.split(" ");
    return { document, language, runs: marks.includes("run"), text };
  }),
);
const isBuilt = existsSync(`${root}build/plugin/libgstpyroscope.so`) && existsSync(`${root}dist/cli.js`);
/** Nobody listens there: a document's example must not reach a server that happens to run on this machine. */
const nowhere = "127.0.0.1:9";

describe("blocks of code", () => {
  test("say what language they are in", () => {
    const known = ["sh", "python", "c", "js", "text", "ini", "dockerfile", "yaml"];
    expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([]);
  });

  test("of the shell are understood by a shell", () => {
    const shell = blocks.filter(({ language }) => language === "sh");
    expect(shell.length).toBeGreaterThan(5);
    for (const { document, text } of shell) {
      const { status, stderr } = spawnSync("bash", ["-n", "-c", text], { encoding: "utf8" });
      expect([document, status, stderr]).toEqual([document, 0, ""]);
    }
  });
});

describe("recipes", () => {
  const shell = blocks.filter(({ language }) => language === "sh");

  test("that have the tracer loaded say where the plugin lies", () => {
    const lost = shell.filter(
      ({ text }) => /^(export )?.*\bGST_TRACERS=/m.test(text) && !/install-plugin|GST_PLUGIN_PATH=/.test(text),
    );
    expect(lost).toEqual([]);
  });

  test("do not ask a program that they have only just started: it may not listen yet", () => {
    const hasty = shell.filter(({ text }) => /&\n+\s*curl (?!.*--retry-connrefused)/.test(text));
    expect(hasty).toEqual([]);
  });

  test("start the command as it lies here, not one that nobody installed", () => {
    expect(shell.filter(({ text }) => /^\s*gst-pyroscope /m.test(text))).toEqual([]);
  });
});

describe.skipIf(!isBuilt)("what a reader may paste works:", () => {
  let place: ReturnType<typeof scratch>;
  beforeEach(() => {
    place = scratch();
    for (const name of ["build", "dist", "gstreamer"]) symlinkSync(root + name, join(place.dir, name));
  });
  afterEach(() => place.dispose());

  function run(program: string, args: string[], more: Record<string, string> = {}) {
    const env = pluginEnvironment({ GST_PYROSCOPE_SERVER_URL: `http://${nowhere}`, GST_PYROSCOPE_OTLP_DISABLED: "1" });
    delete env.GST_PLUGIN_PATH; // that is for the document to say
    const ended = spawnSync(program, args, { cwd: place.dir, env: { ...env, ...more }, encoding: "utf8" });
    expect([ended.status, ended.signal, ended.status === 0 ? "" : ended.stderr]).toEqual([0, null, ""]);
    expect(ended.stderr).not.toMatch(/warning|error|not found/i);
    return ended.stdout;
  }

  const finished = (name: string): Promise<Summary> =>
    until(`a finished capture in ${name}`, async () => {
      const summary = await summaryOf(join(place.dir, name)).catch(() => undefined);
      return summary?.complete ? summary : undefined;
    });

  const paste = blocks.filter(({ runs }) => runs).map((block) => [`${block.document}: ${firstWords(block)}`, block]);

  test.each(paste as [string, Block][])("%s", async (_, { language, text }) => {
    const capture = { GST_PYROSCOPE_CAPTURE: join(place.dir, "my-capture"), GST_PYROSCOPE_SERVER_URL: "none" };
    if (language === "sh") {
      const said = run("bash", ["-e", "-c", here(text, await freePort())]);
      if (text.includes("curl ")) expect(said).toMatch(/^gst_pad_buffers_total\{.*\} \d+$/m);
    } else if (language === "python") run("/usr/bin/python3", ["-c", text], capture);
    else run("bash", ["-e", "-c", compiled(text)], { ...capture, GST_PLUGIN_PATH: join(place.dir, "build/plugin") });
    if (language === "sh" && !text.includes("my-capture")) return;
    const { buffersIn } = element(await finished("my-capture"), "fakesink0");
    expect(buffersIn).toBeGreaterThanOrEqual(100);
  });

  /** What a reader leaves in /tmp a test leaves in its own folder. */
  function here(text: string, port: number): string {
    return text
      .replaceAll("localhost:4040", nowhere)
      .replaceAll("9092", `${port}`)
      .replaceAll("/tmp/", `${place.dir}/`);
  }

  /** As the reader of a program in C would build it. */
  function compiled(text: string): string {
    writeFileSync(join(place.dir, "program.c"), text);
    return "cc -Wall -Werror program.c -o program $(pkg-config --cflags --libs gstreamer-1.0) && ./program";
  }
});

function firstWords({ text }: Block): string {
  return (text.split("\n")[0] ?? "").slice(0, 60);
}

describe("names", () => {
  const mentioned = (pattern: RegExp) =>
    documents.flatMap((path) => [...textOf(path).matchAll(pattern)].map(([, name = ""]) => `${path}: ${name}`));
  const missing = (pattern: RegExp, exists: (name: string) => boolean) =>
    mentioned(pattern).filter((one) => !exists(one.replace(/^\S+: /, "")));

  test("of variables are known to the tables", () => {
    const known = [...optionTable.map(({ name }) => variableOf(name)), ...variableTable.map(({ name }) => name)];
    expect(mentioned(/\b(GST_PYROSCOPE_[A-Z_]+[A-Z])\b/g).length).toBeGreaterThan(10);
    expect(missing(/\b(GST_PYROSCOPE_[A-Z_]+[A-Z])\b/g, (name) => (known as string[]).includes(name))).toEqual([]);
  });

  test("of files and folders lead somewhere", () => {
    const paths = /`((?:src|native|test|scripts|gstreamer|docs)\/[\w./-]+)`/g;
    expect(missing(paths, (path) => existsSync(root + path))).toEqual([]);
  });

  test("of headings are there where a link leads to one", () => {
    const broken = documents.flatMap((path) =>
      [...textOf(path).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)]
        .filter(([, file = "", anchor = ""]) => {
          const target = file === "" ? path : new URL(file, `file:///${path}`).pathname.slice(1);
          return !anchors(target).includes(anchor);
        })
        .map(([link]) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test("in the document of the report are exactly those that report --json prints", async () => {
    const place = scratch();
    try {
      const dir = await writeSample(join(place.dir, "capture"), withLatencies(sampleCapture("pipeline0", encoders)));
      const span = { trace: "1", span: "2", parent: null, startUnixNs: "1", durationNs: 1, pad: 1 };
      writeFileSync(join(dir, "spans.ndjson"), `${JSON.stringify(span)}\n`);
      const printed = new Set<string>();
      collectNames(JSON.parse(JSON.stringify(summarize(await readCapture(dir)))), printed);
      const [drawn = ""] = blocks
        .filter(({ document, text }) => document === "docs/report.md" && text.includes('"version"'))
        .map(({ text }) => text);
      const named = [...drawn.matchAll(/"([a-zA-Z0-9]+)"/g)].map(([, name = ""]) => name);
      expect([...new Set(named)].filter((name) => name !== "ok" && name !== "null").sort()).toEqual(
        [...printed].sort(),
      );
    } finally {
      place.dispose();
    }
  });

  /** One cell of each kind that is not about a hop. */
  function withLatencies(capture: ReturnType<typeof sampleCapture>): ReturnType<typeof sampleCapture> {
    const like = capture.cells.at(-1);
    const [source, state] = [like?.peer ?? 0, (capture.topology.elements[0]?.id ?? 0) + 0];
    if (like === undefined) throw new Error("no cells");
    const kinds = ["latency", "reported", "event", "query", "link"] as const;
    const others = kinds.map((kind) => ({ ...like, kind, level: 1e6, highestLevel: 2e6 }));
    const change = { ...like, kind: "state" as const, pad: state, peer: (1 << 3) | 2 };
    const transit = { ...like, kind: "transit" as const, pad: source };
    return { ...capture, cells: [...capture.cells, ...others, change, transit] };
  }

  /** Of all objects but those whose keys are data. */
  function collectNames(value: unknown, names: Set<string>): void {
    if (Array.isArray(value)) for (const one of value) collectNames(one, names);
    else if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        names.add(name);
        if (!["flow", "losses", "counters", "byElement", "byThread", "states"].includes(name))
          collectNames(inner, names);
      }
    }
  }

  test("of native tests are those of tests", () => {
    const sources = filesBelow("test/native").filter((path) => /\.test\.cc$|CMakeLists\.txt$/.test(path));
    const all = sources.map(textOf).join("\n");
    const patterns = [...textOf("native/README.md").matchAll(/-R '?([\w|\\]+)'?/g)].flatMap(([, names = ""]) =>
      names.replaceAll("\\", "").split("|"),
    );
    expect(patterns.length).toBeGreaterThan(8);
    expect(patterns.filter((name) => !new RegExp(`TEST(_F|_P)?\\(${name}\\b|NAME \\w*${name}`).test(all))).toEqual([]);
  });

  /** As GitHub makes them. */
  function anchors(path: string): string[] {
    const headings = [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase());
    return headings.map((heading) => heading.replace(/[^\w\s-]/g, "").replaceAll(" ", "-"));
  }
});

describe("numbers", () => {
  const readme = textOf("native/README.md");
  const pinned = textOf("test/native/wire/layout.test.cc");
  const number = (expression: string) =>
    Number(new RegExp(`EXPECT_EQ\\(${expression}, (\\d+)u\\)`).exec(pinned)?.[1] ?? Number.NaN);
  const escaped = (text: string) => text.replace(/[()]/g, "\\$&");

  test("of each structure's size and offsets are those that its test pins", () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+ .*) \|$/gm)];
    expect(rows.length).toBe(16);
    for (const [, type = "", size = "", fields = ""] of rows) {
      expect([type, number(escaped(`sizeof(${type})`))]).toEqual([type, Number(size)]);
      for (const [offset, field] of fields.split(" · ").map((one) => one.split(" "))) {
        expect([type, field, number(escaped(`offsetof(${type}, ${field})`))]).toEqual([type, field, Number(offset)]);
      }
    }
  });

  test("of the drawing are the places of the segment's parts", () => {
    const drawn = [...readme.matchAll(/^ +(\d+) [┌├]─+[┐┤]\n +│ (\w+) +(\d+) │/gm)];
    const fields = [...pinned.matchAll(/offsetof\(Segment, (\w+)\), (\d+)u/g)].map(([, , at]) => Number(at));
    // The span ring lies behind all of them, and is not always there.
    expect(drawn.map(([, at]) => Number(at))).toEqual([...fields, number(escaped("sizeof(Segment)"))]);
    for (const [, , type = "", size] of drawn)
      expect([type, number(escaped(`sizeof(${type})`))]).toEqual([type, Number(size)]);
    expect(Number(/^ +(\d+) └/m.exec(readme)?.[1])).toBe(number("kBytesWithSpans"));
  });
});
