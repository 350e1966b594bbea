// Which page is shown at which address?
// SPDX-License-Identifier: MPL-2.0
import { SessionsPage } from "./sessions-page.js";
import { Shell } from "./shell.js";

export function App() {
  return (
    <Shell>
      <SessionsPage />
    </Shell>
  );
}
