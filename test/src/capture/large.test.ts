// How much memory and time does `report` take for a capture at eight hundred samples a second? Five minutes of it here;
// `npm test -- captures` is an hour.
import { beforeAll, expect, test } from "vitest";
import { writeLarge } from "../../helpers/large-capture.js";
import { type Reported, reportChild } from "../../helpers/report-child.js";
import { sampleCapture } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";
import { taste } from "../../helpers/whole.js";

/** Of ten seconds. One profile is read at a time: more of them need time, not memory. */
const windows = taste(30, 360);
const large = scratch();
let heldNs = 0;

beforeAll(async () => {
  heldNs = await writeLarge(large, sampleCapture("pipeline0", encoders), {
    windows,
    samples: 8000,
    shapes: taste(3, 6),
  });
}, 300_000);

/** An hour takes less than 10 s of a core; the caches of a machine that does other things are not ours alone. */
const MOST_CPU_SECONDS = 10 * 2.5;

const figures = ({ rssBytes, cpuSeconds }: Reported): string =>
  `${Math.round(rssBytes / 1e6)} MB, ${cpuSeconds.toFixed(1)} CPU s`;

test("millions of samples are summed up exactly, in little memory and time", async () => {
  const json = await reportChild(large, "--json");
  console.log(`${windows} windows as JSON: ${figures(json)}`);
  expect([json.code, json.errors]).toEqual([0, ""]);
  expect(JSON.parse(json.out).profile.cpu).toMatchObject({ samples: windows * 8000, totalNs: heldNs });
  expect(json.rssBytes).toBeLessThan(150e6);
  expect(json.cpuSeconds).toBeLessThan(MOST_CPU_SECONDS);
  const text = await reportChild(large);
  console.log(`${windows} windows as text: ${figures(text)}`);
  expect(text.rssBytes).toBeLessThan(150e6);
}, 300_000);

test("its page takes a little more", async () => {
  const page = await reportChild(large, "--html", `${large}.html`);
  console.log(`${windows} windows as a page: ${figures(page)}`);
  expect(page.code).toBe(0);
  expect(page.rssBytes).toBeLessThan(300e6);
}, 300_000);
