// How does a visitor make the lab's stream stall, to see what the viewer's player reports then?
// SPDX-License-Identifier: MPL-2.0
import { useState } from "preact/hooks";
import { note } from "./log.js";

const faults: [string, string][] = [
  ["enc:burn=60ms", "Slow the encoder"],
  ["source:gap=5s", "Silence the source for 5 s"],
  ["net:rate=25kB/s", "Slow the delivery"],
  ["none", "End all faults"],
];

export function Faults() {
  const [said, setSaid] = useState("");
  const make = async (fault: string): Promise<void> => {
    note("page", "fault", fault);
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/lab/fault", { method: "POST", headers, body: JSON.stringify({ fault }) }).catch(
      () => null,
    );
    if (answer?.ok) setSaid(fault === "none" ? "All faults have ended." : `Fault: ${fault}`);
    else if (answer?.status === 404 || answer?.status === 405)
      setSaid("Nothing here makes faults: the service was not started by “npm run lab”.");
    else setSaid("The fault was not made: the service did not take it.");
  };
  return (
    <section aria-label="Faults">
      <h2>Make the stream stall, for all its viewers</h2>
      <div class="tools">
        {faults.map(([fault, name]) => (
          <button key={fault} type="button" class="quiet" onClick={() => make(fault)}>
            {name}
          </button>
        ))}
      </div>
      <p class="small" role="status">
        {said}
      </p>
    </section>
  );
}
