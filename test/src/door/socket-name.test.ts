// Is the name of a control socket read as it is written, and no other?
// SPDX-License-Identifier: MPL-2.0

import { expect, it } from "vitest";
import { agentOfSocket, socketName } from "../../../src/door/socket-name.js";

it("a name leads to its agent, and nothing else does", () => {
  expect(agentOfSocket(socketName(4242))).toBe(4242);
  for (const name of [".agent-4242.sock", "agent-.sock", "agent-1.sock~", "agent-12345678901.sock", "agent-1\n.sock"])
    expect(agentOfSocket(name)).toBeNull();
});
