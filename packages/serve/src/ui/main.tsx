// What begins when the dashboard's page is opened?
// SPDX-License-Identifier: MPL-2.0
import "uplot/dist/uPlot.min.css";
import "./base.css";
import "./pages.css";
import "./incident.css";
import { render } from "preact";
import { App } from "./app.js";
import { follow } from "./live.js";
import { watchFigures } from "./now-figures.js";
import { followLinks } from "./places.js";

followLinks();
render(<App />, document.getElementById("app") as HTMLElement);
watchFigures();
follow();
