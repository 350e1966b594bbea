// Does the link to a profile hold its time, its labels and its data source as Grafana's Explore page and Pyroscope read them, and no secret?
// SPDX-License-Identifier: MPL-2.0
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/grafanapyroscope";
import { expect, test } from "vitest";
import { readOptions } from "../../src/options.js";
import { profileLink, profileRange } from "../../src/stalls/profile-link.js";

const [fromMs, untilMs] = [1_796_036_500_250, 1_796_036_514_870];
const profile = { service: 'encoder "1"', element: { path: "live/bin/enc", factory: "x264enc" }, fromMs, untilMs };
const none = { pyroscope: "", grafana: "", datasource: "pyroscope" };
const pyroscope = "http://joe:planted-password@pyroscope.example:4040/";
const range = { from: String(fromMs - 10_000), to: String(untilMs) };

/** What Grafana describes for links that other programs make. */
interface Pane {
  datasource: string;
  queries: object[];
  range: { from: string; to: string };
}

const panesIn = (link: string | null): Pane[] =>
  Object.values(JSON.parse(new URL(link ?? "").searchParams.get("panes") ?? "") as Record<string, Pane>);

test("Grafana's Explore page gets one pane with the query of its data source, and that time", () => {
  const grafana = "https://joe:planted-password@grafana.example/sub/?orgId=7";
  const link = profileLink({ pyroscope, grafana, datasource: "P02E4190" }, profile);
  const url = new URL(link ?? "");
  expect(url.origin + url.pathname).toBe("https://grafana.example/sub/explore");
  expect([...url.searchParams.keys()].sort()).toEqual(["orgId", "panes", "schemaVersion"]);
  expect([url.searchParams.get("orgId"), url.searchParams.get("schemaVersion")]).toEqual(["7", "1"]);
  const query = new DataqueryBuilder()
    .refId("A")
    .datasource({ type: "grafana-pyroscope-datasource", uid: "P02E4190" })
    .queryType("profile")
    .profileTypeId("process_cpu:cpu:nanoseconds:cpu:nanoseconds")
    .labelSelector('{service_name="encoder \\"1\\"", element="enc"}')
    .groupBy([]);
  expect(panesIn(link)).toEqual([
    {
      datasource: "P02E4190",
      queries: [JSON.parse(JSON.stringify(query.build()))],
      range,
    },
  ]);
  expect(link).not.toContain("planted");
});

test("Pyroscope's own page gets the same query and time, in milliseconds", () => {
  const url = new URL(profileLink({ ...none, pyroscope }, profile) ?? "");
  expect(url.origin + url.pathname).toBe("http://pyroscope.example:4040/");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    query: 'process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="encoder \\"1\\"", element="enc"}',
    ...{ from: range.from, until: range.to },
  });
  expect(url.href).not.toContain("planted");
});

test("without a server there is no link", () => {
  expect(profileLink(none, profile)).toBeNull();
});

test("a profile that began up to ten seconds before the time has a part of it", () => {
  expect(profileRange(20_000.4, 30_000.4)).toEqual({ fromMs: 10_000, untilMs: 30_001 });
});

test.each(["a b", "", "x".repeat(41), "ä"])(
  "%j is no UID of a data source, and the complaint says where it stands",
  (uid) => {
    expect(() => readOptions(["--grafana-datasource", uid], {})).toThrow(/is no UID: .*settings ends with it/);
  },
);

test("the addresses are options, and Grafana's data source is called as in the stack that comes with the profiler", () => {
  const args = ["--grafana-url", "https://grafana.example/", "--pyroscope-url", pyroscope];
  expect(readOptions(args, {}).settings).toMatchObject({
    pyroscope,
    grafana: "https://grafana.example/",
    datasource: "pyroscope",
  });
  expect(() => readOptions(["--grafana-url", "grafana.example"], {})).toThrow("grafana-url is no address");
});
