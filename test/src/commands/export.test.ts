// Where does an export go, what is said of it, and what of requests that cannot be met?
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import { type ExportFlags, exportCapture } from "../../../src/commands/export.js";
import { formatNames, formats } from "../../../src/export/formats.js";
import { type ExportCapture, writeExportCapture } from "../../helpers/export-capture.js";
import { scratch } from "../../helpers/scratch.js";

let made: ExportCapture;
beforeAll(async () => {
  made = await writeExportCapture();
});

async function run(flags: Partial<ExportFlags>, { dir = made.dir, tty = false } = {}) {
  const said = { out: "", errors: [] as string[] };
  const stdout = Object.assign(new PassThrough({ highWaterMark: 1 << 26 }), {
    isTTY: tty,
  }) as unknown as NodeJS.WriteStream;
  const terminal = {
    out: (text: string) => {
      said.out += text;
    },
    error: (line: string) => void said.errors.push(line),
  };
  const parts = { terminal, stdout, version: "0.1.0", doctor: async () => "This machine\n" };
  const code = await exportCapture(dir, { format: "collapsed", ...flags }, parts);
  return { code, sent: ((stdout as unknown as PassThrough).read() as Buffer | null) ?? Buffer.alloc(0), ...said };
}

const folder = (): string => {
  const dir = scratch("out");
  mkdirSync(dir);
  return dir;
};

describe("a file", () => {
  test("of each format has the usual name in the directory that was named, for its user alone", async () => {
    const output = folder();
    const { code, errors } = await run({ format: formatNames.join(","), output });
    expect(code).toBe(0);
    const name = basename(made.dir);
    expect(readdirSync(output).sort()).toEqual(
      Object.values(formats)
        .map(({ ending }) => `${name}.${ending}`)
        .sort(),
    );
    expect(errors).toHaveLength(formatNames.length);
    for (const file of readdirSync(output)) {
      expect(statSync(join(output, file)).size, file).toBeGreaterThan(100);
      expect(statSync(join(output, file)).mode & 0o077, file).toBe(0);
    }
  });

  test("that is there is not written over, unless that is asked for", async () => {
    const output = join(folder(), "mine.txt");
    writeFileSync(output, "mine");
    const refused = await run({ output });
    expect(refused.code).toBe(exitCodes.captureUnreadable.code);
    expect(refused.errors).toEqual([expect.stringContaining("is there already: --force writes over it")]);
    expect(readFileSync(output, "utf8")).toBe("mine");
    expect((await run({ output, force: true })).code).toBe(0);
    expect(readFileSync(output, "utf8")).toMatch(/ \d+\n$/);
    expect(readdirSync(dirname(output))).toEqual(["mine.txt"]);
  });

  test("is never written through a link", async () => {
    const output = join(folder(), "link");
    symlinkSync("/dev/null", output);
    const { code, errors } = await run({ output, force: true });
    expect([code, errors]).toEqual([exitCodes.captureUnreadable.code, [expect.stringContaining("no regular file")]]);
  });

  test("in a directory that is not there says so, and leaves nothing", async () => {
    const { code, errors } = await run({ output: join(folder(), "no", "such.txt") });
    expect([code, errors]).toEqual([
      exitCodes.captureUnreadable.code,
      [expect.stringMatching(/such\.txt cannot be written \(ENOENT\): name another place with -o$/)],
    ]);
  });
});

describe("standard output", () => {
  test("has the text, and nothing is said besides", async () => {
    const { code, sent, errors } = await run({ output: "-" });
    expect([code, errors]).toEqual([0, []]);
    const lines = sent.toString().trimEnd().split("\n");
    expect(lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0)).toBe(made.cpuNs);
  });

  test("that is a terminal gets no bytes; a pipe does", async () => {
    const refused = await run({ output: "-", format: "pprof" }, { tty: true });
    expect([refused.code, refused.sent.length]).toEqual([exitCodes.usage.code, 0]);
    expect(refused.errors[0]).toContain("no text for a terminal");
    expect((await run({ output: "-", format: "pprof" })).sent.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });
});

describe("what cannot be met", () => {
  test.each<[string, Partial<ExportFlags>, keyof typeof exitCodes, RegExp]>([
    ["a format that there is not", { format: "pproff" }, "usage", /no format pproff: pprof, .*did you mean pprof/i],
    ["no format", { format: "," }, "usage", /--format: none is named/],
    [
      "an option for another format",
      { format: "csv", element: "enc" },
      "usage",
      /csv has all of the capture: --element is for pprof, collapsed, speedscope/,
    ],
    ["a range for a format without time", { format: "markdown", to: "5s" }, "usage", /--from and --to are for/],
    ["a time that is none", { from: "soon" }, "usage", /^--from: /],
    ["a range that ends before it begins", { from: "5s", to: "2s" }, "usage", /earlier/],
    ["several formats in one file", { format: "csv,dot", output: "/tmp/x.csv" }, "usage", /need a directory/],
    ["a directory that there is not", { format: "csv", output: "/tmp/no-such/" }, "usage", /no such directory$/],
    ["a file without a name", { format: "csv", output: "" }, "usage", /^-o: no file is named$/],
    ["several formats on standard output", { format: "csv,dot", output: "-" }, "usage", /cannot share/],
    [
      "an element that there is not",
      { element: "nobody" },
      "usage",
      /no element is called nobody; there are src, vq, enc, /,
    ],
    ...(["pprof", "collapsed", "flame", "speedscope"] as const).map(
      (format): [string, Partial<ExportFlags>, "nothingExported", RegExp] => [
        `a time when nothing was, as ${format}`,
        { format, from: "1h", output: "-" },
        "nothingExported",
        /no CPU time of what was asked for|neither CPU nor wall time/,
      ],
    ),
  ])("%s", async (_, flags, code, words) => {
    const said = await run(flags);
    expect(said.errors).toEqual([expect.stringMatching(words)]);
    expect([said.code, said.sent.length]).toEqual([exitCodes[code].code, 0]);
  });

  test("one of several formats is said, and the others are written", async () => {
    const output = folder();
    const { code, errors } = await run({ format: "pprof,perfetto", from: "1h", output });
    expect(code).toBe(exitCodes.nothingExported.code);
    expect(errors).toEqual([
      `${made.dir}: no pprof: there is no CPU time of what was asked for`,
      expect.stringContaining("perfetto"),
    ]);
    expect(readdirSync(output)).toEqual([expect.stringContaining("perfetto")]);
  });

  test("elements that are proposed are elements", async () => {
    const { dir } = await writeExportCapture();
    const file = join(dir, "topology.json");
    const topology = JSON.parse(readFileSync(file, "utf8"));
    topology.elements.unshift({ ...topology.elements[0], id: 999, path: "(overflow)", name: "(overflow)" });
    writeFileSync(file, JSON.stringify(topology));
    const { errors } = await run({ element: "nobody" }, { dir });
    expect(errors).toEqual([expect.stringMatching(/no element is called nobody; there are src, vq, enc, /)]);
  });

  test("captures that are none say so in one sentence", async () => {
    const empty = folder();
    for (const [dir, code] of [
      [empty, exitCodes.captureEmpty.code],
      [join(empty, "no"), exitCodes.captureMissing.code],
      ["/etc/hostname", exitCodes.captureMissing.code],
    ] as const) {
      const said = await run({ output: "-" }, { dir });
      expect([said.code, said.errors.length]).toEqual([code, 1]);
    }
  });
});

test("what can be read of a damaged capture is exported, and the damage is told", async () => {
  const { dir } = await writeExportCapture();
  writeFileSync(join(dir, "topology.json"), "{");
  const { code, errors, sent } = await run({ output: "-" }, { dir });
  expect([code, errors]).toEqual([
    exitCodes.captureTruncated.code,
    [expect.stringContaining("is damaged, what can be read was exported")],
  ]);
  expect(sent.length).toBeGreaterThan(1000);
});

test("captures of other processes of the same run are named, for they are not in it", async () => {
  const { dir } = await writeExportCapture();
  mkdirSync(join(dir, "process-2"));
  const { code, errors } = await run({ output: "-" }, { dir });
  expect([code, errors]).toEqual([0, [expect.stringContaining(join(dir, "process-2"))]]);
});

test("a folder of several runs is told, with what to type of one of them", async () => {
  const dir = folder();
  cpSync(made.dir, join(dir, "run-1"), { recursive: true });
  const { code, errors } = await run({ format: "csv,dot" }, { dir });
  expect([code, errors]).toEqual([
    exitCodes.captureForeign.code,
    [
      `${dir}: this is not a capture of gst-pyroscope, but a folder of several runs: gst-pyroscope export ${join(dir, "run-1")} --format csv,dot`,
    ],
  ]);
  const file = join(made.dir, "capture.json");
  expect((await run({}, { dir: file })).errors).toEqual([
    `${file}: this is not a directory, but a file of a capture: gst-pyroscope export ${made.dir} --format collapsed`,
  ]);
});

test("the program itself: help, a file in the directory that it runs in", async () => {
  const cwd = folder();
  const cli = new URL("../../../dist/cli.js", import.meta.url).pathname;
  expect(existsSync(cli), "npm run build makes it").toBe(true);
  const start = (...args: string[]) => spawnSync(process.execPath, [cli, "export", ...args], { cwd, encoding: "utf8" });
  expect(start(made.dir, "--format", "help").stdout.split("\n").filter(Boolean)).toHaveLength(formatNames.length);
  expect(start(made.dir, "-f", "markdown")).toMatchObject({ status: 0, stdout: "" });
  expect(readdirSync(cwd)).toEqual([`${basename(made.dir)}.md`]);
});
