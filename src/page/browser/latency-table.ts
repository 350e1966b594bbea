// How long do buffers take from each source to each sink? One line for each pair; where there is no figure, the reason.
// SPDX-License-Identifier: MPL-2.0

import { count, duration } from "../../analysis/units.js";
import type { PageData, PageLatency } from "../page-data.js";
import { byId, fill, foreign, h } from "./dom.js";

export function showLatencies({ latencies, moreLatencies, pipelines }: PageData): void {
  byId("ways-section").hidden = latencies.length === 0;
  const more = moreLatencies === 0 ? [] : [h("li", {}, `and ${count(moreLatencies)} more, in report --json`)];
  fill(byId("ways"), ...latencies.map((latency) => line(latency, pipelines > 1)), ...more);
}

function line(latency: PageLatency, named: boolean): HTMLElement {
  const pipeline = named ? [foreign(latency.pipeline, { class: "pipeline" }), " "] : [];
  const ends = h("span", { class: "ends" }, ...pipeline, foreign(latency.source), " → ", foreign(latency.sink));
  const figures = latency.p50Ns === null ? null : h("span", { class: "figures" }, spread(latency));
  const reason = latency.reason === "" ? null : h("span", { class: "reason" }, latency.reason);
  return h("li", {}, ends, figures, reason);
}

function spread({ p50Ns, p99Ns, maxNs, firstNs, arrived }: PageLatency): string {
  const parts = [`median ${duration(p50Ns ?? 0)}`, `p99 ${duration(p99Ns ?? 0)}`, `max ${duration(maxNs ?? 0)}`];
  const first = firstNs === null ? [] : [`first buffer ${duration(firstNs)}`];
  return [...parts, ...first, `${count(arrived)} buffers`].join(" · ");
}
