// How does a visitor make this one player stall, fail or jump, whatever the stream does, to see what it reports then?
// SPDX-License-Identifier: MPL-2.0
import { note } from "./log.js";
import type { Playing } from "./players.js";

const AWAY_MS = 5000;
const BACK_S = 5;

const faults: [string, (playing: Playing) => void][] = [
  ["Empty its buffer for 5 s", (playing) => playing.starve(AWAY_MS)],
  ["Lose the playlist for 5 s", (playing) => playing.losePlaylist(AWAY_MS)],
  ["Jump back 5 s", (playing) => playing.jump(-BACK_S)],
];

export function ViewerFaults({ playing }: { playing: Playing }) {
  const make = (name: string, fault: (playing: Playing) => void): void => {
    note("page", "fault", name);
    fault(playing);
  };
  return (
    <section aria-label="Faults of this player">
      <h2>Make this player stall or fail, for this viewer alone</h2>
      <div class="tools">
        {faults.map(([name, fault]) => (
          <button key={name} type="button" class="quiet" onClick={() => make(name, fault)}>
            {name}
          </button>
        ))}
      </div>
    </section>
  );
}
