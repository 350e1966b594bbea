// What happened in a session, in four figures?
// SPDX-License-Identifier: MPL-2.0
import { countText, durationText } from "./format.js";
import type { Lanes } from "./lanes.js";
import type { SessionData } from "./session-data.js";

export function Cards({ data: { session, events }, lanes }: { data: SessionData; lanes: Lanes }) {
  const took = events.find(({ event_name }) => event_name === "startup_time_measured")?.meta?.duration_ms;
  const { stalls, errors, to, from } = lanes;
  return (
    <section class="cards" aria-label="In short">
      <Card
        name="First picture"
        figure={typeof took === "number" ? durationText(took) : "–"}
        text="after play was asked for"
      />
      <Card
        name="Stalls"
        figure={String(stalls.count)}
        text={`${durationText(stalls.seconds * 1000)} of ${durationText((to - from) * 1000)}`}
        warn={stalls.count > 0}
      />
      <Card name="Errors" figure={String(errors)} text="reported by the player" warn={errors > 0} />
      <Card
        name="Events"
        figure={countText(session.event_count)}
        text={`number ${session.correlation_id.slice(0, 8)} in traces`}
      />
    </section>
  );
}

export function Card({ name, figure, text, warn }: { name: string; figure: string; text: string; warn?: boolean }) {
  return (
    <div class={`card ${warn ? "warn" : ""}`}>
      <h2>{name}</h2>
      <p class="figure">{figure}</p>
      <p>{text}</p>
    </div>
  );
}
