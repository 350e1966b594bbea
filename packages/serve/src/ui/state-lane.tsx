// In which state was the player when?
// SPDX-License-Identifier: MPL-2.0
import { durationText, timeText } from "./format.js";
import type { Lanes } from "./lanes.js";
import { playerStates, type Span } from "./player-states.js";
import { Twin } from "./twin.js";

export function StateLane({ lanes }: { lanes: Lanes }) {
  const { from, to, states } = lanes;
  const stalled = states.filter(({ state }) => state === "stalled");
  const seconds = stalled.reduce((sum, span) => sum + span.to - span.from, 0);
  const share = (seconds: number): number => (100 * seconds) / (to - from);
  const said =
    stalled.length === 0 ? "no stall" : `${stallsText(stalled.length)}, ${durationText(seconds * 1000)} in sum`;
  return (
    <div class="lane">
      <h3>
        Player state <span class="small">{said}</span>
      </h3>
      <div class="states">
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={`Player state over time: ${said}`}>
          {states.map((span) => (
            <rect
              key={span.from}
              class={span.state}
              x={share(span.from - from)}
              width={Math.max(share(span.to - span.from), 0.15)}
              height="10"
            >
              <title>{textOf(span)}</title>
            </rect>
          ))}
        </svg>
      </div>
      <p class="legend small">
        {playerStates
          .filter((state) => states.some((span) => span.state === state))
          .map((state) => (
            <span key={state}>
              <i class={state} /> {state}
            </span>
          ))}
      </p>
      <Twin
        name="Player state as a table"
        heads={["State", "From", "For"]}
        rows={states.map((span) => [
          span.state,
          timeText(span.from * 1000),
          durationText((span.to - span.from) * 1000),
        ])}
      />
    </div>
  );
}

const stallsText = (count: number): string => (count === 1 ? "1 stall" : `${count} stalls`);

const textOf = ({ state, from, to }: Span): string =>
  `${state} from ${timeText(from * 1000)}, for ${durationText((to - from) * 1000)}`;
