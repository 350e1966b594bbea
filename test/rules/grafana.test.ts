// Can a person trust what lies in gstreamer/grafana: names that exist, panels that say what to do, nothing open to the network?
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { namings } from "../../scripts/grafana/queries.mjs";
import { metricTable } from "../../src/metrics/catalog.js";
import { prometheusName } from "../../src/metrics/exposition.js";
import { labelTable } from "../../src/model/label-policy.js";
import { choicesOf, dashboardFiles, grafanaHome, type Panel, panelsOf } from "../helpers/dashboards.js";
import { filesBelow, root, textOf } from "../helpers/tree.js";

const all = namings({ metricTable, prometheusName });
const yaml = <T>(path: string): T => parse(textOf(`${grafanaHome}/${path}`)) as T;
const panels = dashboardFiles.flatMap(({ path, names, dashboard }) =>
  panelsOf(dashboard).map((panel) => ({ where: `${path}: ${panel.title}`, names, panel })),
);
const bare = (name: string): string => name.replace(/_(bucket|sum|count)$/, "");
const namesIn = (text: string): string[] => [...text.matchAll(/\b(gst(?:reamer)?_\w+)/g)].map(([, name]) => name ?? "");

describe("queries", () => {
  test.each(all)("for $id names ask for metrics of the catalog only", ({ id, metric }) => {
    const known = metricTable.map(({ name }) => metric(name).name);
    const asked = dashboardFiles
      .filter(({ names }) => names === id)
      .flatMap(({ dashboard }) => [
        ...panelsOf(dashboard).flatMap(({ targets = [] }) => targets.flatMap(({ expr = "" }) => namesIn(expr))),
        ...choicesOf(dashboard).flatMap(namesIn),
      ]);
    expect(new Set(asked.map(bare)).size).toBeGreaterThan(30);
    expect(asked.filter((name) => !known.includes(bare(name)))).toEqual([]);
  });

  test("ask for one service, so that two never add up", () => {
    const loose = panels.filter(({ panel }) =>
      (panel.targets ?? []).some(
        (target) => !/"\$service"/.test(target.expr ?? target.labelSelector ?? target.query ?? ""),
      ),
    );
    expect(loose.map(({ where }) => where)).toEqual([]);
  });

  test("of profiles ask for labels that profiles have", () => {
    const labels = panels.flatMap(({ panel }) =>
      (panel.targets ?? []).flatMap(({ labelSelector = "", groupBy = [] }) => [
        ...[...labelSelector.matchAll(/[{,](\w+)[=!]/g)].map(([, name]) => name ?? ""),
        ...groupBy,
      ]),
    );
    expect(new Set(labels).size).toBeGreaterThan(2);
    expect(labels.filter((name) => !(name in labelTable))).toEqual([]);
  });
});

describe("panels", () => {
  const unitOf = ({ fieldConfig }: Panel) =>
    fieldConfig?.defaults.unit ??
    fieldConfig?.overrides.flatMap(({ properties }) => properties).find(({ id }) => id === "unit");

  test("say what they mean and what to do, in sentences", () => {
    expect(panels.length).toBeGreaterThan(80);
    expect(
      panels.filter(({ panel }) => !/^[\w].{20,}[.?]$/.test(panel.description ?? "")).map(({ where }) => where),
    ).toEqual([]);
  });

  test("have units, but for profiles, which bring theirs", () => {
    const mute = panels.filter(
      ({ panel }) => unitOf(panel) === undefined && !panel.datasource?.uid.includes("pyroscope"),
    );
    expect(mute.map(({ where }) => where)).toEqual([]);
  });

  test("name their lines", () => {
    const nameless = panels.filter(({ panel }) =>
      (panel.targets ?? []).some(({ expr, format, legendFormat }) => expr && format !== "table" && !legendFormat),
    );
    expect(nameless.map(({ where }) => where)).toEqual([]);
  });

  test("ask data sources that a person may choose", () => {
    const fixed = panels.filter(
      ({ panel }) => !/^\$\{(prometheus|pyroscope|tempo)\}$/.test(panel.datasource?.uid ?? ""),
    );
    expect(fixed.map(({ where }) => where)).toEqual([]);
  });

  test.each(dashboardFiles.map(({ path, dashboard }) => [path, dashboard] as const))(
    "of %s lie beside each other, not on each other",
    (_, dashboard) => {
      const taken = new Map<string, string>();
      for (const {
        title,
        gridPos: { x, y, w, h },
      } of dashboard.panels) {
        expect([title, x + w <= 24]).toEqual([title, true]);
        for (let column = x; column < x + w; column++)
          for (let line = y; line < y + h; line++) {
            expect([title, taken.get(`${column} ${line}`)]).toEqual([title, undefined]);
            taken.set(`${column} ${line}`, title);
          }
      }
      const ids = dashboard.panels.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
});

describe("dashboards", () => {
  const uids = dashboardFiles.map(({ dashboard }) => dashboard.uid);

  test("are six, under each of the two kinds of names, and each has its own uid", () => {
    expect(dashboardFiles.map(({ names }) => names).sort()).toEqual([
      ...Array(6).fill("otlp"),
      ...Array(6).fill("prometheus"),
    ]);
    expect(new Set(uids).size).toBe(12);
  });

  test("lead to one another", () => {
    const linked = dashboardFiles.flatMap(({ path, names }) =>
      [...textOf(path).matchAll(/"\/d\/([\w-]+)/g)].map(([, uid = ""]) => ({ uid, names })),
    );
    expect(linked.length).toBeGreaterThan(0);
    for (const { uid, names } of linked) {
      expect(dashboardFiles.find(({ dashboard }) => dashboard.uid === uid)?.names).toBe(names);
    }
  });

  test("show a flame graph", () => {
    expect(panels.filter(({ panel }) => panel.type === "flamegraph").length).toBeGreaterThan(2);
  });
});

interface Compose {
  services: Record<string, { image: string; ports: string[]; volumes: string[]; environment: Record<string, string> }>;
}

describe("the container", () => {
  const compose = yaml<Compose>("compose.yaml");
  const services = Object.values(compose.services);

  test("opens ports on 127.0.0.1 only (the file is parsed: no daemon was there to start it)", () => {
    const ports = services.flatMap((service) => service.ports);
    expect(ports.length).toBeGreaterThan(3);
    expect(ports.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
    // Nothing else can open one.
    for (const service of services)
      expect(Object.keys(service).sort()).toEqual(["environment", "image", "ports", "volumes"]);
    expect(Object.keys(compose).sort()).toEqual(["name", "services"]);
  });

  test("is one version, which may not write to this machine", () => {
    expect(services.map(({ image }) => image)).toEqual([expect.stringMatching(/^grafana\/otel-lgtm:\d+\.\d+\.\d+$/)]);
    expect(services.flatMap(({ volumes }) => volumes)).toEqual([expect.stringMatching(/^\.:\/[\w-]+:ro$/)]);
  });

  test("finds every file that it is told of", () => {
    const [service] = services;
    const mounted = service?.volumes[0]?.split(":")[1] ?? "";
    const told = [
      ...Object.values(service?.environment ?? {}),
      ...[...textOf(`${grafanaHome}/provisioning/dashboards/gst-pyroscope.yaml`).matchAll(/path: (\S+)/g)].map(
        ([, path]) => path ?? "",
      ),
    ];
    expect(told.length).toBeGreaterThan(2);
    const here = told.map((path) => path.replace(mounted, grafanaHome));
    expect(here.filter((path) => path.startsWith("/") || !existsSync(root + path))).toEqual([]);
  });

  test("is the one that documents start, on the same ports", () => {
    const commands = filesBelow()
      .filter((path) => path.endsWith(".md"))
      .flatMap((path) => [...textOf(path).matchAll(/^docker run (?:[^\n]*\\\n)*[^\n]*/gm)].map(([command]) => command))
      .filter((command) => command.includes("grafana/"));
    expect(commands.length).toBeGreaterThan(0);
    const [service] = services;
    for (const command of commands) {
      const given = (flag: string) =>
        [...command.matchAll(new RegExp(` ${flag} (\\S+)`, "g"))].map(([, value]) => value);
      expect(given("-p").sort()).toEqual(service?.ports.sort());
      expect(given("-e").sort()).toEqual(
        Object.entries(service?.environment ?? {})
          .map(([name, value]) => `${name}=${value}`)
          .sort(),
      );
      expect(command).toContain(service?.image);
      expect(given("-v")).toEqual([expect.stringMatching(/gstreamer\/grafana"?:\/gst-pyroscope:ro$/)]);
    }
  });
});

interface DataSource {
  uid: string;
  type: string;
  jsonData?: {
    tracesToProfiles?: { datasourceUid: string; profileTypeId: string; tags: { key: string; value: string }[] };
  };
}

describe("data sources", () => {
  const sources = yaml<{ datasources: DataSource[] }>("provisioning/datasources/gst-pyroscope.yaml").datasources;
  const byUid = (uid: string) => sources.find((source) => source.uid === uid);

  test("lead from a span to its profile", () => {
    const { datasourceUid = "", profileTypeId, tags } = byUid("tempo")?.jsonData?.tracesToProfiles ?? {};
    expect(byUid(datasourceUid)?.type).toBe("grafana-pyroscope-datasource");
    expect(profileTypeId).toBe("process_cpu:cpu:nanoseconds:cpu:nanoseconds");
    expect(tags).toEqual([{ key: "service.name", value: "service_name" }]);
    // What Grafana looks for in a span, and the label that it then asks for.
    expect(textOf("native/traces/span-message.cc")).toContain('"pyroscope.profile.id"');
    expect("span_id" in labelTable).toBe(true);
  });

  test("are those that the dashboards ask at first", () => {
    const first = dashboardFiles.flatMap(({ dashboard }) =>
      dashboard.templating.list
        .filter(({ type }) => type === "datasource")
        .map(({ name, query }) => ({ name, type: query })),
    );
    expect(first.length).toBeGreaterThan(12);
    for (const { name, type } of first) expect(byUid(name)?.type).toBe(type);
  });
});

describe("alert rules", () => {
  interface Group<Of> {
    groups: { rules: Of[] }[];
  }

  test("that Grafana evaluates are those of Prometheus", () => {
    const ours = yaml<Group<{ alert: string; expr: string }>>("alerts/otlp.yaml").groups.flatMap(({ rules }) => rules);
    const theirs = yaml<
      Group<{ title: string; data: { model: { expr?: string; conditions?: { evaluator: { params: number[] } }[] } }[] }>
    >("provisioning/alerting/gst-pyroscope.yaml").groups.flatMap(({ rules }) => rules);
    expect(
      theirs.map(({ title, data: [query, threshold] }) => ({
        alert: title,
        expr: `(${query?.model.expr}) > ${threshold?.model.conditions?.[0]?.evaluator.params[0]}`,
      })),
    ).toEqual(ours.map(({ alert, expr }) => ({ alert, expr })));
  });

  test("say what happened, and what to do", () => {
    for (const { id } of all) {
      const rules = yaml<Group<{ alert: string; annotations: Record<string, string> }>>(
        `alerts/${id}.yaml`,
      ).groups.flatMap((group) => group.rules);
      expect(rules.length).toBeGreaterThan(8);
      for (const { annotations } of rules) {
        expect(annotations.summary).toMatch(/\{\{ \$labels\.job \}\}/);
        expect(annotations.description).toMatch(/^[A-Z].{40,}\.$/);
      }
    }
  });
});
