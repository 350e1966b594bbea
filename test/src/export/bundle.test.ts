// Does the bundle open with tar, does it say what is in it, has it the capture's figures, and nothing of who was there?
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { summarize } from "../../../src/analysis/summary.js";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { bundle } from "../../../src/export/bundle.js";
import { bytesOf, sourceOf, writeExportCapture } from "../../helpers/export-capture.js";
import { elementOf, windowAt } from "../../helpers/recorded-windows.js";
import { sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

/** Of somebody. */
const HOME = ["", "home", "bob"].join("/");
const secrets = ["bob", "10.20.30.40", "s3cr3tKey99x", "carol@example.org", "hunter2pw"];
const FOLDER = "gst-pyroscope-bundle";

/** Of somebody: in the command, in names, in paths of modules, in spans, in what doctor says. */
async function tellingCapture(): Promise<string> {
  const command = `${HOME}/bin/app rtmpsink location=rtmp://10.20.30.40/live/s3cr3tKey99x user-pw=hunter2pw carol@example.org`;
  const sample = sampleCapture("bob's pipeline", [
    { path: "src", factory: "videotestsrc", samples: 20 },
    {
      path: "cam-10.20.30.40",
      factory: "x264enc",
      from: "src",
      samples: 70,
      thread: "bob:src",
      leaves: [["libbob.so!encode"]],
    },
    { path: "rtmp:\\/\\/10.20.30.40\\/live\\/s3cr3tKey99x", factory: "rtmpsink", from: "cam-10.20.30.40", samples: 5 },
  ]);
  const sink = sample.topology.elements[2];
  if (sink !== undefined) sink.name = "rtmp://10.20.30.40/live/s3cr3tKey99x";
  const stacks = sample.stacks.map((one) => ({
    ...one,
    labels: { ...one.labels, element: "(uri)" },
    stack: one.stack.map((frame) => frame.replace("libbob", `${HOME}/lib/libx`)),
  }));
  const writer = await CaptureWriter.create(scratch(), sampleFacts({ command, executable: `${HOME}/bin/app` }));
  await writer.addProfile(samplePprof(stacks), sample.info);
  await writer.addSpans(
    `${JSON.stringify({ trace: "ab".repeat(16), span: "cd".repeat(8), parent: null, startUnixNs: "1790000000000000000", atNs: 5, durationNs: 9, pad: sample.topology.pads[0]?.id, thread: "bob:src", tid: 7, flow: "ok" })}\n`,
  );
  const path = "bob's pipeline/cam-10.20.30.40";
  const way = { source: "bob's pipeline/src", sink: path, sumNs: 5, times: [3, 1] };
  for (const n of [0, 1])
    await writer.addWindow(windowAt(n, { elements: [elementOf(path, { cpuNs: 7 })], latency: [way] }));
  const modules = [
    {
      ...(sample.modules[0] as (typeof sample.modules)[0]),
      path: `${HOME}/lib/libx.so`,
      problem: `no file ${HOME}/x.debug at 10.20.30.40`,
    },
  ];
  await writer.finish({ ...sample, modules, agent: sampleAgent(10) });
  return writer.dir;
}

interface Unpacked {
  dir: string;
  names: string[];
  readMe: string;
}

async function unpacked(dir: string, doctor = async (): Promise<string> => "This machine\n"): Promise<Unpacked> {
  const [to, temporary] = [scratch("bundle"), scratch("temporary")];
  for (const folder of [to, temporary]) mkdirSync(folder);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  try {
    writeFileSync(join(to, "b.tar.gz"), await bytesOf(await bundle(await sourceOf(dir, { doctor }))));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  expect(readdirSync(temporary)).toEqual([]);
  execFileSync("tar", ["xzf", join(to, "b.tar.gz"), "-C", to], { stdio: "pipe" });
  const names = execFileSync("tar", ["tzf", join(to, "b.tar.gz")], { encoding: "utf8" })
    .trim()
    .split("\n");
  return { dir: join(to, FOLDER), names, readMe: readFileSync(join(to, FOLDER, "README.md"), "utf8") };
}

const plain = (file: string): string => {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
};

describe("of a capture that tells of somebody", () => {
  let [dir, made] = ["", { dir: "", names: [] as string[], readMe: "" }];
  beforeAll(async () => {
    dir = await tellingCapture();
    made = await unpacked(
      dir,
      async () => `agent at ${HOME}/dist on ${hostname()}, server http://u:hunter2pw@10.20.30.40:4040\n`,
    );
  });

  test("nothing of that is in any file, nor in a name of one", () => {
    expect(made.names.length).toBeGreaterThan(10);
    for (const name of made.names) {
      const text = plain(join(made.dir, "..", name));
      for (const secret of secrets) expect(text.includes(secret) && secret, name).toBe(false);
    }
    expect(made.names.join(" ")).not.toMatch(/bob|10\.20/);
  });

  test("the capture in it has the same figures, of elements that are still told apart", async () => {
    const [before, after] = [
      summarize(await readCapture(dir)),
      summarize(await readCapture(join(made.dir, "capture"))),
    ];
    const figures = ({ pipelines }: typeof before) =>
      pipelines.map((pipeline) =>
        pipeline.elements.map(({ factory, cpuNs, buffersIn, exclusive, feeds }) => ({
          factory,
          cpuNs,
          buffersIn,
          exclusive,
          feeds: feeds.length,
        })),
      );
    expect(figures(after)).toEqual(figures(before));
    expect([after.complete, after.profile.cpu?.totalNs, after.traces?.spans]).toEqual([
      true,
      before.profile.cpu?.totalNs,
      1,
    ]);
    const { windows, topology, problems } = await readCapture(join(made.dir, "capture"));
    const paths = topology.elements.map((element) => element.path);
    expect(windows?.map(({ elements, latency }) => [elements[0]?.path, latency[0]?.source, latency[0]?.sink])).toEqual(
      [0, 1].map(() => [paths[1], paths[0], paths[1]]),
    );
    expect(problems).toEqual([]);
    expect(new Set(after.pipelines.flatMap(({ elements }) => elements.map(({ path }) => path))).size).toBe(3);
  });

  test("it lists what is in it and what was removed", () => {
    for (const name of made.names.filter((one) => !one.includes("/capture/") && !one.endsWith("README.md")))
      expect(made.readMe).toContain(`\`${name.replace(`${FOLDER}/`, "")}\``);
    const files = made.names.filter((name) => name.includes("/capture/")).length;
    expect(made.readMe).toContain(`in ${files} files`);
    for (const kind of ["home directories", "names of users", "IP addresses", "passwords"])
      expect(made.readMe).toMatch(new RegExp(`${kind}[^:]*: [1-9]`));
  });
});

test("of a capture with hostile names and a damaged profile: the rest, and the damage is told", async () => {
  const { dir, cpuNs } = await writeExportCapture();
  writeFileSync(join(dir, "profiles/cpu-1.pb.gz"), "no gzip");
  const made = await unpacked(dir);
  expect(made.readMe).toContain("1 line or profile that could not be read");
  const left = summarize(await readCapture(join(made.dir, "capture"))).profile.cpu?.totalNs ?? 0;
  expect(left).toBeGreaterThan(0);
  expect(left).toBe(summarize(await readCapture(dir)).profile.cpu?.totalNs);
  expect(left).toBeLessThan(cpuNs);
});

test("what cannot be made says why in its place", async () => {
  const { dir } = await writeExportCapture();
  const made = await unpacked(dir, async () => Promise.reject(new Error("no such program")));
  expect(plain(join(made.dir, "doctor.txt"))).toBe("could not be made: no such program\n");
});
