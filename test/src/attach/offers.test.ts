// Is every segment found once, by the process that made it, and are its readers told apart from those that inherited it?
// SPDX-License-Identifier: MPL-2.0

import { expect, it } from "vitest";
import { findOffers } from "../../../src/attach/offers.js";

it("processes without a segment offer none, and those that are gone neither", () => {
  expect(findOffers([process.pid, 2 ** 22 + 1])).toEqual([]);
});

it("all processes of the machine are looked at, whatever may be seen of them", () => {
  for (const { pid, inode, agents } of findOffers()) {
    expect([pid > 0, inode > 0]).toEqual([true, true]);
    expect(agents).not.toContain(pid);
  }
});
