// Which page is shown at which address?
// SPDX-License-Identifier: MPL-2.0
import { here } from "./places.js";
import { SessionPage } from "./session-page.js";
import { SessionsPage } from "./sessions-page.js";
import { Shell } from "./shell.js";

export function App() {
  const { page } = here.value;
  return <Shell>{page === "session" ? <SessionPage /> : <SessionsPage />}</Shell>;
}
