// Does any label leave this process that the policy does not know, or forbids? Looked for wherever one is made.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { forbiddenLabels } from "../../packages/contract/src/labels.js";
import { metricTable } from "../../src/metrics/catalog.js";
import { allowedTags, isForbidden, labelCaps, labelTable } from "../../src/model/label-policy.js";
import { filesBelow, root, textOf } from "../helpers/tree.js";

/** TABLE: how a label is written down, where. Whatever stands in the first group is a label's name. */
const places: { what: string; files: RegExp; made: RegExp[]; least: number }[] = [
  {
    what: "Prometheus text",
    files: /^native\/exposition\/.*\.(cc|h)$/,
    made: [/\blabel\(\s*"([^"]+)"/g, /append_label\([^;"]*?"([^"]+)"/g, /[,"{ ]([A-Za-z_]\w*)=\\"/g],
    least: 20,
  },
  {
    what: "attributes of metrics",
    files: /^src\/metrics\/.*\.ts$/,
    made: [/\battribute: "([^"]+)"/g, /"(otel[\w.]+)":/g, /\? \{ ([\w, ]+) \} : \{ [\w, ]+ \}/g],
    least: 8,
  },
  {
    what: "labels of samples and profiles",
    files: /^src\/(agent|output|profile)\/.*\.ts$/,
    made: [/\["(\w+)", [\w.]+\]/g, /builder\.label\("(\w+)"/g],
    least: 6,
  },
  {
    what: "labels that a sample has by its element and thread",
    files: /^src\/model\/label-sets\.ts$/,
    made: [/^ {2}(\w+): string;$/gm],
    least: 6,
  },
];

type Source = { path: string; text: string };
const sourcesOf = (files: RegExp): Source[] =>
  filesBelow()
    .filter((path) => files.test(path))
    .map((path) => ({ path, text: textOf(path) }));

const namesIn = (text: string, made: RegExp[]): string[] =>
  made.flatMap((pattern) => [...text.matchAll(pattern)].flatMap(([, names = ""]) => names.split(/, /)));

const problem = (name: string): string | undefined =>
  name in labelTable ? undefined : isForbidden(name) ? "forbidden" : "not in the policy";

const strays = (sources: Source[], made: RegExp[]): string[] =>
  sources.flatMap(({ path, text }) =>
    namesIn(text, made).flatMap((name) => (problem(name) === undefined ? [] : [`${path}: ${name} ${problem(name)}`])),
  );

describe.each(places)("$what", ({ files, made, least }) => {
  const sources = sourcesOf(files);

  test("have only names of the policy", () => {
    expect(sources.flatMap(({ text }) => namesIn(text, made)).length).toBeGreaterThanOrEqual(least);
    expect(strays(sources, made)).toEqual([]);
  });

  test("a forbidden one is found where it is planted", () => {
    for (const { path, text } of sources) {
      const [known] = namesIn(text, made);
      if (known === undefined) continue;
      const planted = made.reduce(
        (changed, pattern) => changed.replace(pattern, (all, names: string) => all.replace(names, "client_ip")),
        text,
      );
      expect(strays([{ path, text: planted }], made)).toContain(`${path}: client_ip forbidden`);
    }
  });
});

test("none is forbidden by the session service's policy either", () => {
  const made = places.flatMap(({ files, made: patterns }) =>
    sourcesOf(files).flatMap(({ text }) => namesIn(text, patterns)),
  );
  // Of a sample in a profile, where they are no series: by them a span and its samples find each other.
  const ofSamples = ["span_id", "trace_id"];
  const names = [...Object.keys(labelTable), ...made].filter((name) => !ofSamples.includes(name));
  expect(forbiddenLabels(names)).toEqual([]);
  expect(forbiddenLabels(["element", "session_id"])).toEqual(["session_id"]);
});

test("every metric's attribute is in the policy", () => {
  const named = metricTable.flatMap(({ attribute }) => (attribute === undefined ? [] : [attribute]));
  expect(named.filter((name) => problem(name) !== undefined)).toEqual([]);
});

test("a forbidden name does not compile, in whichever list it stands", () => {
  const file = `${root}src/model/planted-${process.pid}.ts`;
  const rule = `{ bound: 10, help: "" }`;
  const planted = [
    `labelNames({ element: ${rule}, client_ip: ${rule} });`,
    `labelNames({ "buffer.pts": ${rule} });`,
    `labelNames({ Thread_Id: ${rule} });`,
    `labelNames({ element: ${rule}, session_id: ${rule} });`,
    `const name: LabelName = "source_uri";\nvoid name;`,
  ];
  const good = `labelNames({ element: ${rule}, encoding: ${rule} });`;
  const compiles = (line: string): boolean => {
    writeFileSync(file, `import { type LabelName, labelNames } from "./label-policy.js";\n${line}\n`);
    const flags = ["--noEmit", "--ignoreConfig", "--strict", "--skipLibCheck", "--target", "es2022"];
    const tsc = [`${root}node_modules/typescript/bin/tsc`, ...flags, "--module", "nodenext", file];
    return spawnSync(process.execPath, tsc, { encoding: "utf8" }).status === 0;
  };
  try {
    expect([good, ...planted].map(compiles)).toEqual([true, ...planted.map(() => false)]);
  } finally {
    rmSync(file);
  }
});

test("the native half has the same caps", () => {
  const caps = /Values (\w+_\{\d+\}(?:, \w+_\{\d+\})*);/.exec(textOf("native/exposition/labels.h"))?.[1] ?? "";
  const native = Object.fromEntries(
    [...caps.matchAll(/(\w+)_\{(\d+)\}/g)].map(([, name = "", n]) => [name, Number(n)]),
  );
  const { thread: _, ...shared } = labelCaps; // its text has no threads
  expect(native).toEqual(shared);
});

test.each([
  ["pid", true],
  ["thread_id", true],
  ["threadId", true],
  ["buffer.pts", true],
  ["CLIENT-IP", true],
  ["source_uri", true],
  ["authToken", true],
  ["caps", true],
  ["x_0_timestamp", true],
  ["session_id", true],
  ["environment", false],
  ["description", false],
  ["captain", false],
  ["site", false],
  ["k8s.pod-name", false],
])("%s: forbidden is %s", (name, forbidden) => {
  expect(isForbidden(name)).toBe(forbidden);
});

test("of a person's tags the forbidden ones are left out and named", () => {
  expect(allowedTags({ env: "dev", request_id: "7", auth_token: "x", site: "lab" })).toEqual({
    tags: { env: "dev", site: "lab" },
    refused: ["request_id", "auth_token"],
  });
});
