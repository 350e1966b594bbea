// Does a capture stay in its own folder when somebody else may write there? Links, other names, pipes and other users' folders.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeHtml } from "../../../src/agent/report-file.js";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { sampleAgent, sampleCapture, sampleFacts, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);
const files = ["capture.json", "topology.json", "metrics.ndjson", "spans.ndjson", "profiles.ndjson", "report.html"];
const SECRET = "only root reads this\n";

/** A file that nobody but its owner may touch, and what leads to it. */
function victim(): string {
  const file = scratch("secret");
  writeFileSync(file, SECRET, { mode: 0o600 });
  return file;
}

/** All that a writer does. */
async function writeAll(writer: CaptureWriter): Promise<void> {
  await writer.addProfile(samplePprof(sample.stacks), sample.info);
  await writer.addSpans('{"startUnixNs":"1"}\n');
  await writer.snapshot(sample.topology, sample.cells, sample.state, sampleAgent(5));
  await writer.finish({ ...sample, agent: sampleAgent(10) });
  await writeHtml(await readCapture(writer.dir), `${writer.place}/report.html`);
}

/** What a killed writer leaves: continued by the next one of the same process. */
async function abandoned(dir: string): Promise<void> {
  const writer = await CaptureWriter.create(dir, sampleFacts());
  await writer.addProfile(samplePprof(sample.stacks), sample.info);
  await writer.addSpans('{"startUnixNs":"1"}\n');
  await writer.snapshot(sample.topology, sample.cells, sample.state, sampleAgent(2));
  writeFileSync(join(dir, ".writer"), "1 1\n");
}

const outcome = async (dir: string, facts = sampleFacts()): Promise<string> => {
  try {
    await writeAll(await CaptureWriter.create(dir, facts));
    return "written";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a link that somebody planted", () => {
  test.each([...files, ".writer", ".writer.tmp", "capture.json.tmp", "topology.json.tmp", "report.html.tmp"])(
    "as %s is not followed, in an older capture nor in one that is continued",
    async (name) => {
      for (const facts of [sampleFacts(), sampleFacts({ pid: 99 })]) {
        const secret = victim();
        const dir = scratch();
        await abandoned(dir);
        chmodSync(dir, 0o777);
        rmSync(join(dir, name), { force: true });
        symlinkSync(secret, join(dir, name));
        await outcome(dir, facts);
        expect(readFileSync(secret, "utf8")).toBe(SECRET);
        expect(statSync(secret).mode & 0o777).toBe(0o600);
      }
    },
  );

  test("while a capture is written is not followed either, for whatever is written next", async () => {
    const secret = victim();
    const dir = scratch();
    const writer = await CaptureWriter.create(dir, sampleFacts());
    chmodSync(dir, 0o777);
    for (const name of files) {
      rmSync(join(dir, name), { force: true });
      symlinkSync(secret, join(dir, name));
    }
    await writeAll(writer).catch(() => undefined);
    expect(readFileSync(secret, "utf8")).toBe(SECRET);
  });

  test("as the folder of the profiles is refused, and what it leads to stays", async () => {
    const elsewhere = await writeSample(scratch(), sample);
    for (const facts of [sampleFacts(), sampleFacts({ pid: 99 })]) {
      const dir = scratch();
      await abandoned(dir);
      rmSync(join(dir, "profiles"), { recursive: true });
      symlinkSync(join(elsewhere, "profiles"), join(dir, "profiles"));
      expect(await outcome(dir, facts)).toBe("ERR_CAPTURE_UNSAFE");
      expect(readdirSync(join(elsewhere, "profiles"))).toEqual(["cpu-1.pb.gz"]);
      expect(existsSync(join(dir, ".writer"))).toBe(false);
    }
  });

  test("as the folder of a process, or as the directory itself, is refused", async () => {
    const elsewhere = await writeSample(scratch(), sample);
    const dir = await writeSample(scratch(), sample);
    symlinkSync(elsewhere, join(dir, "process-2"));
    expect(await outcome(dir)).toBe("ERR_CAPTURE_UNSAFE");
    const link = scratch("link");
    symlinkSync(elsewhere, link);
    for (const path of [link, `${link}/`]) expect(await outcome(path)).toBe("ERR_CAPTURE_UNSAFE");
    expect((await readCapture(elsewhere)).complete).toBe(true);
  });

  test("as the page of report --html is left alone, and so is a pipe", async () => {
    const capture = await readCapture(await writeSample(scratch(), sample));
    const secret = victim();
    const link = scratch("page.html");
    symlinkSync(secret, link);
    const pipe = scratch("pipe");
    execFileSync("mkfifo", [pipe]);
    for (const file of [link, pipe])
      await expect(writeHtml(capture, file)).rejects.toMatchObject({ code: "ERR_CAPTURE_UNSAFE" });
    expect(readFileSync(secret, "utf8")).toBe(SECRET);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});

describe("in a folder where others may write", () => {
  test.each(["metrics.ndjson", "spans.ndjson", "profiles.ndjson"])(
    "another name of %s is not appended to",
    async (name) => {
      const secret = victim();
      const dir = scratch();
      await abandoned(dir);
      rmSync(join(dir, name));
      linkSync(secret, join(dir, name));
      expect(await outcome(dir)).toBe("ERR_CAPTURE_UNSAFE");
      expect(readFileSync(secret, "utf8")).toBe(SECRET);
    },
  );

  test.each(["metrics.ndjson", "capture.json", ".writer"])("a pipe named %s holds nobody up", async (name) => {
    const dir = scratch();
    await abandoned(dir);
    rmSync(join(dir, name));
    execFileSync("mkfifo", [join(dir, name)]);
    expect(await outcome(dir)).toMatch(/^(written|ERR_CAPTURE_\w+)$/);
  });

  test("the directory may be moved while it is written: nothing is written where it was", async () => {
    const dir = scratch();
    const writer = await CaptureWriter.create(dir, sampleFacts());
    const moved = `${dir}-moved`;
    execFileSync("mv", [dir, moved]);
    mkdirSync(dir);
    await writer.addProfile(samplePprof(sample.stacks), sample.info);
    await writer.finish({ ...sample, agent: sampleAgent(10) });
    expect(readdirSync(dir)).toEqual([]);
    expect((await readCapture(moved)).complete).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)("a directory or a file of another user is refused", async () => {
    const dir = scratch();
    mkdirSync(dir);
    chownSync(dir, 65534, 65534);
    expect(await outcome(dir)).toBe("ERR_CAPTURE_UNSAFE");
    expect(readdirSync(dir)).toEqual([]);
    const ours = scratch();
    await abandoned(ours);
    chownSync(join(ours, "metrics.ndjson"), 65534, 65534);
    expect(await outcome(ours)).toBe("ERR_CAPTURE_UNSAFE");
  });
});

test.each([0o000, 0o022, 0o277])("files are their owner's alone, folders too, with the umask %i", async (mask) => {
  const before = process.umask(mask);
  try {
    const dir = join(scratch("above"), "capture");
    await writeAll(await CaptureWriter.create(dir, sampleFacts()));
    const modes = readdirSync(dir, { recursive: true, withFileTypes: true }).map((entry) => {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      return [entry.name, (mode & 0o7777).toString(8), entry.isDirectory() ? "700" : "600"];
    });
    expect(modes.length).toBeGreaterThanOrEqual(8);
    expect(modes.map(([name, is]) => [name, is])).toEqual(modes.map(([name, , be]) => [name, be]));
    expect(statSync(dir).mode & 0o7777).toBe(0o700);
    if (mask !== 0o277) expect(statSync(dirname(dir)).mode & 0o077).toBe(0);
  } finally {
    process.umask(before);
  }
});
