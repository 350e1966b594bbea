// What does the agent say of itself in Prometheus' text? The rows of the catalog, behind the target's own families.
// SPDX-License-Identifier: MPL-2.0

import { labelValue } from "../model/labels.js";
import { type AgentSelf, type MetricRow, metricTable } from "./catalog.js";

type AgentRow = Extract<MetricRow, { per: "agent" }>;

const UNITS: Record<string, string> = { s: "seconds", By: "bytes" };

/** gstreamer.profiler.agent.cpu is gst_pyroscope_agent_cpu_seconds_total, as the target's rows are named by hand. */
export function prometheusName({ name, unit, kind }: Pick<MetricRow, "name" | "unit" | "kind">): string {
  const stem = name.replace(/^gstreamer\.profiler/, "gst_pyroscope").replaceAll(".", "_");
  return [stem, UNITS[unit], kind === "counter" ? "total" : undefined].filter((part) => part !== undefined).join("_");
}

/** Families without samples are left out. */
export function agentExposition(self: AgentSelf): string {
  return metricTable
    .filter((row): row is AgentRow => row.per === "agent")
    .map((row) => family(row, Object.entries(row.of(self))))
    .join("");
}

function family(row: AgentRow, amounts: [string, number][]): string {
  if (amounts.length === 0) return "";
  const name = prometheusName(row);
  const unit = UNITS[row.unit];
  const lines = [
    `# HELP ${name} ${row.help.charAt(0).toUpperCase()}${row.help.slice(1)}.`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# TYPE ${name} ${row.kind}`,
    ...amounts.map(([key, amount]) => `${name}${labels(row, key)} ${amount}`),
  ];
  return `${lines.join("\n")}\n`;
}

function labels({ attribute }: AgentRow, key: string): string {
  if (attribute === undefined) return "";
  return `{${attribute}="${labelValue(key).replace(/["\\]/g, "\\$&")}"}`;
}
