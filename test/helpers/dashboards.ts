// Which dashboards are checked in, and what do their panels ask? Read from the JSON that Grafana gets.
// SPDX-License-Identifier: MPL-2.0

import { filesBelow, textOf } from "./tree.js";

export interface Target {
  refId: string;
  datasource: { type: string; uid: string };
  /** PromQL */
  expr?: string;
  legendFormat?: string;
  instant?: boolean;
  format?: string;
  /** Of profiles */
  labelSelector?: string;
  profileTypeId?: string;
  queryType?: string;
  groupBy?: string[];
  /** TraceQL */
  query?: string;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: Target[];
  transformations?: { id: string; options: Record<string, unknown> }[];
  fieldConfig?: {
    defaults: { unit?: string; max?: number };
    overrides: { matcher: { options: string }; properties: { id: string; value: unknown }[] }[];
  };
}

export interface Variable {
  name: string;
  type: string;
  query: string | { query: string };
}

export interface Dashboard {
  uid: string;
  title: string;
  tags: string[];
  panels: Panel[];
  templating: { list: Variable[] };
}

export const grafanaHome = "gstreamer/grafana";

/** `otlp`, `prometheus`: whose names the queries have. */
export interface DashboardFile {
  path: string;
  names: string;
  dashboard: Dashboard;
}

export const dashboardFiles: readonly DashboardFile[] = filesBelow(`${grafanaHome}/dashboards`).map((path) => ({
  path,
  names: path.split("/").at(-2) ?? "",
  dashboard: JSON.parse(textOf(path)) as Dashboard,
}));

/** Those that show something; rows are headings. */
export const panelsOf = ({ panels }: Dashboard): Panel[] => panels.filter(({ type }) => type !== "row");

/** Expressions that choose what a variable may be. */
export const choicesOf = ({ templating }: Dashboard): string[] =>
  templating.list.flatMap(({ type, query }) => (type === "query" && typeof query === "object" ? [query.query] : []));
