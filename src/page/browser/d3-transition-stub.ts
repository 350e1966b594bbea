// What is a transition where nothing moves? The selection itself: stands in for d3-transition, whose timers and schedules for
// thousands of frames that change at once took a third of a drawing.
// SPDX-License-Identifier: MPL-2.0

import { selection } from "d3-selection";

const itself = function (this: unknown): unknown {
  return this;
};
Object.assign(selection.prototype, { transition: itself, duration: itself, delay: itself, ease: itself });
