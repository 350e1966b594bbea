// What can a person do who sees no viewers? In the lab, play its stream; else, try the lab.
// SPDX-License-Identifier: MPL-2.0
import { useLab } from "./lab.js";
import { hrefOf } from "./places.js";
import { Empty } from "./states.js";

export function NoPlayer({ text }: { text: string }) {
  const lab = useLab();
  if (lab === undefined) return <Empty text={text} />;
  if (!lab)
    return (
      <Empty
        text={`${text} A player needs this service's address and a token. To try it out, start the lab, which brings a live stream and a player along:`}
        command="npm run lab"
      />
    );
  return (
    <div class="notice" role="status">
      <p>
        {text}{" "}
        <a href={hrefOf("demo")} data-leaves>
          Open the demo player
        </a>
        , and press Play.
      </p>
    </div>
  );
}
