// What begins when the demo player's page is opened?
// SPDX-License-Identifier: MPL-2.0
import "../base.css";
import "../pages.css";
import { render } from "preact";
import { authority } from "../api.js";
import { follow } from "../live.js";
import { DemoPage } from "./demo-page.js";
import { withFreshId } from "./fresh-id.js";
import { note } from "./log.js";
import { settingsOf } from "./settings.js";

const asked = settingsOf(location.search);
authority["X-MTrace-Token"] = asked.token;
const settings = await withFreshId(asked, new URLSearchParams(location.search).get("session_id"));
note("page", "open", settings.sessionId);
render(<DemoPage settings={settings} />, document.getElementById("app") as HTMLElement);
follow();
