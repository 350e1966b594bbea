// Where does a person look at the profile behind a judgement? On Grafana's Explore page where there is a Grafana, else on that of Pyroscope itself.
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow } from "@gst-pyroscope/contract/window";
import { CPU_PROFILE, matchersOf, selectorOf } from "./profile-labels.js";

export interface ProfileServers {
  /** Addresses; "": none. */
  pyroscope: string;
  grafana: string;
  /** UID of Grafana's data source for that Pyroscope. */
  datasource: string;
}

export interface LinkedProfile {
  service: string;
  element: Pick<ElementWindow, "path" | "factory">;
  fromMs: number;
  untilMs: number;
}

/** A profile bears the time of its begin, and covers ten seconds unless its agent was told otherwise. */
const COVERED_MS = 10_000;

/** In which profiles of that time begin, so that all are found that have a part of it. */
export const profileRange = (fromMs: number, untilMs: number): { fromMs: number; untilMs: number } => ({
  fromMs: Math.floor(fromMs) - COVERED_MS,
  untilMs: Math.ceil(untilMs),
});

/** null: neither server is known. A user and a password in an address are the service's own. */
export function profileLink({ pyroscope, grafana, datasource }: ProfileServers, profile: LinkedProfile): string | null {
  const { fromMs, untilMs } = profileRange(profile.fromMs, profile.untilMs);
  const [from, until] = [String(fromMs), String(untilMs)];
  if (grafana !== "") return exploreLink(grafana, datasource, profile, { from, to: until });
  if (pyroscope === "") return null;
  const url = withoutUser(pyroscope);
  url.search = new URLSearchParams({ query: selectorOf(profile.service, profile.element), from, until }).toString();
  return url.href;
}

/** As Grafana describes it for links from other programs: panes of schema version 1. Its own parameters, such as orgId, stay. */
function exploreLink(
  grafana: string,
  uid: string,
  { service, element }: LinkedProfile,
  range: { from: string; to: string },
): string {
  const query = {
    refId: "A",
    datasource: { type: "grafana-pyroscope-datasource", uid },
    queryType: "profile",
    profileTypeId: CPU_PROFILE,
    labelSelector: `{${matchersOf(service, element)}}`,
    groupBy: [],
  };
  const url = withoutUser(grafana);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/explore`;
  url.searchParams.set("schemaVersion", "1");
  url.searchParams.set("panes", JSON.stringify({ stall: { datasource: uid, queries: [query], range } }));
  return url.href;
}

function withoutUser(address: string): URL {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url;
}
