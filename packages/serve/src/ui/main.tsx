// What begins when the dashboard's page is opened?
// SPDX-License-Identifier: MPL-2.0
import "uplot/dist/uPlot.min.css";
import "./base.css";
import "./pages.css";
import "./incident.css";
import { render } from "preact";
import { ask } from "./api.js";
import { App } from "./app.js";
import { follow } from "./live.js";
import { watchFigures } from "./now-figures.js";
import { followLinks } from "./places.js";
import type { Status } from "./status-page.js";

/** So many of the past events are asked for, so that the page does not begin with nothing. */
const PAST = 900;

followLinks();
render(<App />, document.getElementById("app") as HTMLElement);
const newest = await ask<Status>("/api/status").then(
  ({ store }) => store.newestIngest,
  () => null,
);
watchFigures(newest);
follow(newest === null ? null : Math.max(0, newest - PAST));
