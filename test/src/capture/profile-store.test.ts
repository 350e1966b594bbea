// Is each profile of a capture kept, merged or dropped and counted, within its room at every instant?
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { ProfileInfo } from "../../../src/capture/format.js";
import { type CaptureLimits, profilesShare } from "../../../src/capture/limits.js";
import { OwnFolder } from "../../../src/capture/own-folder.js";
import { readProfileIndex } from "../../../src/capture/profile-index.js";
import { ProfileStore } from "../../../src/capture/profile-store.js";
import { Stacks } from "../../../src/capture/stacks.js";
import { blankFile } from "../../../src/capture/state.js";
import { random } from "../../helpers/sample-capture.js";
import { type SampleStack, samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const SECOND = 1e9;
const BEGIN = 1_790_000_000_000_000_000n;
const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0).reverse()) one.close();
});

async function storeOf(limits: Partial<CaptureLimits> = {}, dir = scratch("store")) {
  mkdirSync(dir, { recursive: true });
  const folder = OwnFolder.open(dir);
  const store = await ProfileStore.open(folder, blankFile(), { maxBytes: 1e9, maxAgeMs: 0, ...limits });
  closing.push(folder, store);
  const files = () => readdirSync(join(dir, "profiles")).sort();
  const bytes = () =>
    files().reduce((sum, name) => sum + statSync(join(dir, "profiles", name)).size, 0) +
    statSync(join(dir, "profiles.ndjson")).size;
  const rows = async () => [...(await readProfileIndex(dir, blankFile(), [])).rows.values()];
  return { store, files, bytes, rows, dir, folder };
}
/** The n-th window of ten seconds, of one sample. */
const info = (n: number, change: Partial<ProfileInfo> = {}): ProfileInfo => ({
  kind: "cpu",
  startUnixNs: BEGIN + BigInt(n) * 10_000_000_000n,
  atNs: n * 10 * SECOND,
  durationNs: 10 * SECOND,
  samples: 1,
  totalNs: 1e7,
  reachedRoot: 1,
  inferred: 0,
  frames: 1,
  framesNamed: 1,
  ...{ framesByType: 0, framesByRole: 0 },
  ...change,
});
const small = samplePprof([{ stack: ["m!f"], ns: 1e7, labels: {} }]);

/** Names that do not pack well, three quarters of them in every window. */
const next = random(51);
const word = () => Array.from({ length: 24 }, () => Math.floor(next() * 36).toString(36)).join("");
const common = Array.from({ length: 150 }, word);
function windowOf(): SampleStack[] {
  const own = Array.from({ length: 30 }, word);
  return [...common, ...own].map((name) => ({ stack: [`m!${name}`], ns: 1e7, labels: { element: "e" } }));
}

describe("profiles while there is room", () => {
  it("are kept as they came, by number and kind, and packed once", async () => {
    const { store, files, rows, dir } = await storeOf();
    expect(await store.add(small, info(0))).toBe("profiles/cpu-1.pb.gz");
    const packed = gzipSync(small, { level: 1 });
    expect(await store.add(packed, info(0, { kind: "wall" }))).toBe("profiles/wall-2.pb.gz");
    expect(files()).toEqual(["cpu-1.pb.gz", "wall-2.pb.gz"]);
    expect(gunzipSync(readFileSync(join(dir, "profiles/cpu-1.pb.gz"))).equals(Buffer.from(small))).toBe(true);
    expect(readFileSync(join(dir, "profiles/wall-2.pb.gz")).equals(packed)).toBe(true);
    const [row] = await rows();
    expect(row).toEqual({
      ...info(0),
      startUnixNs: String(BEGIN),
      file: "profiles/cpu-1.pb.gz",
      windows: 1,
      replaces: [],
    });
  });

  it("are gone on with by the next writer, also behind one that no line says", async () => {
    const { store, dir, folder } = await storeOf();
    await store.add(small, info(0));
    const profiles = folder.folder("profiles");
    await profiles.replace("cpu-7.pb.gz", gzipSync(small));
    profiles.close();
    const { store: later, rows } = await storeOf({}, dir);
    expect(await later.add(small, info(1))).toBe("profiles/cpu-8.pb.gz");
    expect((await rows()).map(({ file }) => file)).toEqual(["profiles/cpu-1.pb.gz", "profiles/cpu-8.pb.gz"]);
  });
});

describe("profiles that are too old", () => {
  it("are dropped, counted by their samples, and not listed any more", async () => {
    const { store, rows, files } = await storeOf({ maxAgeMs: 60_000 });
    for (let n = 0; n < 10; n++) await store.add(small, info(n, { samples: n + 1 }));
    expect((await rows()).map(({ atNs }) => (atNs ?? 0) / SECOND)).toEqual([30, 40, 50, 60, 70, 80, 90]);
    expect([store.dropped, files().length]).toEqual([1 + 2 + 3, 7]);
  });
});

describe("profiles that are too many", () => {
  const SAMPLES = 180;
  /** Room for so many bytes of profiles and their index. */
  async function filled(room: number, windows: number) {
    const limits = { maxBytes: (room + 3_000_000) / 0.9, maxAgeMs: 0 };
    expect(profilesShare(limits, 0, false)).toBeCloseTo(room, 0);
    const place = await storeOf(limits);
    let largest = 0;
    for (let n = 0; n < windows; n++) {
      const totalNs = SAMPLES * 1e7;
      await place.store.add(samplePprof(windowOf(), BEGIN), info(n, { samples: SAMPLES, totalNs }));
      largest = Math.max(largest, place.bytes());
    }
    expect(largest).toBeLessThanOrEqual(room);
    const kept = await place.rows();
    expect(kept.reduce((sum, { samples }) => sum + samples, 0) + place.store.dropped).toBe(windows * SAMPLES);
    for (const { file } of kept) expect(place.files()).toContain(file.slice("profiles/".length));
    return { ...place, kept };
  }

  it("are merged within their room at every instant, and no nanosecond of them is lost", async () => {
    const { kept, dir, store } = await filled(130_000, 30);
    const merged = kept.filter(({ windows }) => windows > 1);
    expect([merged.length > 0, store.dropped]).toEqual([true, 0]);
    for (const { file, totalNs, windows } of merged) {
      expect(totalNs).toBe(windows * SAMPLES * 1e7);
      expect(new Stacks().add(readFileSync(join(dir, file))).ns).toBe(totalNs);
    }
  });

  it("are dropped, the oldest first, where too few fit to be merged", async () => {
    const { kept, store } = await filled(40_000, 20);
    expect(store.dropped).toBe((20 - kept.length) * SAMPLES);
    expect(kept.map(({ atNs }) => atNs)).toEqual(kept.map((_, i) => (20 - kept.length + i) * 10 * SECOND));
    expect(kept.length).toBeGreaterThan(0);
  });

  it("are all dropped when there is no room for any", async () => {
    const { store, rows } = await storeOf();
    for (let n = 0; n < 5; n++) await store.add(small, info(n));
    await store.fit(0, 0);
    expect([await rows(), store.dropped]).toEqual([[], 5]);
  });
});
