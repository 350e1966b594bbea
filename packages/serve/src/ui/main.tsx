// What begins when the dashboard's page is opened?
// SPDX-License-Identifier: MPL-2.0
import "./base.css";
import "./pages.css";
import "uplot/dist/uPlot.min.css";
import { render } from "preact";
import { ask } from "./api.js";
import { App } from "./app.js";
import { follow } from "./live.js";
import { followLinks } from "./places.js";

/** So many of the past events are asked for, so that the page does not begin with nothing. */
const PAST = 900;

followLinks();
render(<App />, document.getElementById("app") as HTMLElement);
ask<{ store: { newestIngest: number } }>("/api/status")
  .then(({ store }) => Math.max(0, store.newestIngest - PAST))
  .catch(() => null)
  .then(follow);
