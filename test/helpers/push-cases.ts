// What does a Pyroscope server say to good and bad pushes? The cases, asked of the fake and of the real one alike.

import { gzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import type { Label } from "../../src/model/labels.js";
import { pushMessage } from "../../src/output/pyroscope/push-message.js";
import { nowNs, profileOf } from "./profiles.js";

export interface PushCase {
  what: string;
  /** `service`: unique for the run. */
  body: (service: string) => Uint8Array;
  status: number;
  method?: string;
  contentType?: string;
  /** Larger than the server's bucket in part: asked last. */
  large?: true;
}

const SECOND = 1_000_000_000n;
const base = (service: string): Label[] => [
  ["__name__", "process_cpu"],
  ["service_name", service],
];
const push =
  (change: (profile: Profile) => void = () => {}, more: Label[] = [], timeNanos?: () => bigint) =>
  (service: string) =>
    pushMessage([...base(service), ...more], gzipSync(changed(change, timeNanos?.() ?? nowNs())));

function changed(change: (profile: Profile) => void, timeNanos: bigint): Uint8Array {
  const profile = Profile.decode(profileOf({ e0: 1e9 }, { timeNanos }).bytes);
  change(profile);
  return profile.encode();
}

function labelled(profile: Profile, name: string, value = "x"): void {
  const label = profile.sample[0]?.label[0];
  if (label === undefined) throw new Error("no label");
  label.key = profile.stringTable.dedup(name);
  label.str = profile.stringTable.dedup(value);
}

function repeated(profile: Profile, samples: number): void {
  const [sample] = profile.sample;
  if (sample === undefined) throw new Error("no sample");
  profile.sample = new Array(samples).fill(sample);
}

// Two more come from `base`, four from the sample.
const many = (n: number): Label[] => Array.from({ length: n }, (_, i) => [`l${i}`, "x"]);
const filler = (bytes: number) => (profile: Profile) => {
  for (let i = 0; i < bytes; i += 50_000) profile.stringTable.dedup(`${i}`.padEnd(50_000, "x"));
};

export const pushCases: PushCase[] = [
  { what: "a good profile", body: push(), status: 200 },
  { what: "a label name with a dash", body: push(undefined, [["foo-bar", "x"]]), status: 400 },
  { what: "a label name with a space", body: push(undefined, [["foo bar", "x"]]), status: 400 },
  { what: "a label without a name", body: push(undefined, [["", "x"]]), status: 400 },
  { what: "a dash in a label name of a sample", body: push((p) => labelled(p, "foo-bar")), status: 400 },
  { what: "a label value with quotes, braces and umlauts", body: push(undefined, [["l", '"{ü}"']]), status: 200 },
  { what: "30 label names", body: push(undefined, many(24)), status: 200 },
  { what: "31 label names", body: push(undefined, many(25)), status: 400 },
  { what: "a label value of 2049 characters", body: push(undefined, [["l", "x".repeat(2049)]]), status: 400 },
  {
    what: "no profile name",
    body: (s) => pushMessage([["service_name", s]], gzipSync(changed(() => {}, nowNs()))),
    status: 400,
  },
  { what: "a profile of 59 minutes ago", body: push(undefined, [], () => nowNs() - 59n * 60n * SECOND), status: 200 },
  { what: "a profile of two hours ago", body: push(undefined, [], () => nowNs() - 7200n * SECOND), status: 400 },
  { what: "a profile of in 20 minutes", body: push(undefined, [], () => nowNs() + 1200n * SECOND), status: 400 },
  { what: "a dash in a sample type", body: push((p) => rename(p, "c-pu")), status: 400 },
  { what: "two values for one sample type", body: push((p) => p.sample[0]?.value.push(1)), status: 400 },
  {
    what: "a string that is not UTF-8",
    body: push((p) => p.stringTable._decodeString(Buffer.from([0xff, 0x42]))),
    status: 400,
  },
  { what: "only zeros", body: push((p) => p.sample[0]?.value.fill(0)), status: 200 },
  { what: "garbage instead of a profile", body: (s) => pushMessage(base(s), Buffer.from("garbage")), status: 500 },
  { what: "compressed garbage", body: (s) => pushMessage(base(s), gzipSync("garbage")), status: 500 },
  { what: "no bytes", body: (s) => pushMessage(base(s), new Uint8Array()), status: 500 },
  { what: "a broken message", body: () => Buffer.from([0x0a, 0x7f, 1]), status: 400 },
  { what: "a message without series", body: () => new Uint8Array(), status: 400 },
  { what: "another content type", body: push(), contentType: "text/plain", status: 415 },
  { what: "a GET", body: () => new Uint8Array(), method: "GET", status: 405 },
  { what: "16 001 samples", body: push((p) => repeated(p, 16_001)), status: 400, large: true },
  { what: "3 MiB", body: push(filler(3 << 20)), status: 429, large: true },
  { what: "4.5 MiB", body: push(filler(4.5 * (1 << 20))), status: 400, large: true },
];

function rename(profile: Profile, type: string): void {
  const [first] = profile.sampleType;
  if (first !== undefined) first.type = profile.stringTable.dedup(type);
}

/** The answer's status and text. */
export async function tryPush(
  url: string,
  { body, method = "POST", contentType = "application/proto" }: PushCase,
  service: string,
) {
  const request = method === "GET" ? {} : { body: Buffer.from(body(service)) };
  const headers = { "content-type": contentType };
  const response = await fetch(`${url}/push.v1.PusherService/Push`, { method, headers, ...request });
  return { status: response.status, text: await response.text() };
}
