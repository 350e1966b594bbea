// Is what the agent cost and lost itself told as a capture has it?
import { expect, it } from "vitest";
import { agentState } from "../../../../src/agent/session/agent-state.js";
import { Losses } from "../../../../src/agent/session/losses.js";
import { openParts } from "../../../../src/agent/session/opening.js";
import { ProfileEncoder } from "../../../../src/agent/session/profile-encoder.js";
import { stateOf } from "../../../helpers/cells.js";
import { FakeSegment, requestFor } from "../../../helpers/fake-segment.js";

it("losses of target, agent and workers stand beside each other", async () => {
  const parts = await openParts(requestFor(new FakeSegment()));
  const path = new ProfileEncoder(parts);
  const losses = new Losses();
  losses.lost("window_refused", 4);
  const state = agentState({ parts, path, losses }, stateOf({ samplesAgentLost: 2 }));
  const workers = { worker_attributed: 0, worker_by_factory: 0, worker_unattributed: 0 };
  expect(state.losses).toEqual({ agent_lost: 2, window_refused: 4, ...workers });
  expect([state.cpuNs > 0, state.rssBytes > 1e6, state.engine]).toEqual([true, true, ""]);
  path.close();
});
