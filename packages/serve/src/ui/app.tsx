// Which page is shown at which address?
// SPDX-License-Identifier: MPL-2.0
import { useEffect } from "preact/hooks";
import { IncidentPage } from "./incident-page.js";
import { IncidentsPage } from "./incidents-page.js";
import { NowPage } from "./now-page.js";
import { here, hrefOf, type Place } from "./places.js";
import { SessionPage } from "./session-page.js";
import { SessionsPage } from "./sessions-page.js";
import { Shell } from "./shell.js";
import { StatusPage } from "./status-page.js";

const titles: Record<Place["page"], string> = {
  now: "Now",
  sessions: "Sessions",
  session: "Session",
  incidents: "Incidents",
  incident: "Incident",
  status: "Status",
  demo: "Demo player",
  unknown: "Not found",
};

export function App() {
  const { page } = here.value;
  useEffect(() => {
    document.title = `${titles[page]} · gst-pyroscope`;
  }, [page]);
  return (
    <Shell>
      {page === "now" && <NowPage />}
      {page === "sessions" && <SessionsPage />}
      {page === "session" && <SessionPage />}
      {page === "incidents" && <IncidentsPage />}
      {page === "incident" && <IncidentPage />}
      {page === "status" && <StatusPage />}
      {page === "unknown" && <Unknown />}
    </Shell>
  );
}

function Unknown() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        Nothing is at <bdi>{location.pathname}</bdi>. <a href={hrefOf("now")}>Who is watching now</a>
      </p>
    </>
  );
}
