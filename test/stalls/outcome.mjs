// Was a trial's verdict right, wrong, or is the trial void? By rules that stand here before a trial is run. Pure.
//
// Void is a trial
//   - before which there was no minute (40 s where a run of fresh ones shall be short) in which all streams were published at 0.95 of real time or more and nobody stalled,
//   - whose first stall came before two windows of its fault were over (4 s), or, without one, did not come at all,
//   - after whose fault the viewers did not play again, so that the verdict has no end,
//   - in which the lab itself failed: a process of it ended that no fault ended,
//   - of a fresh run, in which a CPU was to be burnt while other programs of the machine took them: before it, tasks waited for one
//     for 0.8 of the time or more,
//   - of a fault that should be shorter than the player's buffer, and was not.
// An undisturbed trial lasts its whole time, whatever its players live through, and is right if none of their stalls is an element's,
// and one that lasted for a second or more has a verdict.
// Right is a trial whose stored verdict, as it is after the stall has ended, is the expected one. A trial in which the player
// stalled for a second or more and no verdict was stored is wrong. Where the clock of the pipeline's machine is wrong, the evidence
// shows by how much; where the player's is, no clock is spoken of, and the time of the media is known.
// SPDX-License-Identifier: MPL-2.0
import { shiftOf } from "../../scripts/lab/shifted-clock.mjs";

export const LEAST_WINDOWS_MS = 4000;
/** A player that waits as long as that has stalled, whatever the service says. */
export const STALL_MS = 1000;

const isVoid = (why) => ({ outcome: "void", why });
const isWrong = (why) => ({ outcome: "wrong", why });
const isRight = { outcome: "right", why: "" };

/**
 * `course`: what happened: wasHealthy, injectedAt, stall (StallView as it was first seen, or null), final (the same after its end),
 * waitedMs (the longest wait of the player's own log; undisturbed: of those without a verdict), recovered. Times in milliseconds since 1970.
 */
export function outcomeOf(trial, course) {
  const { expect } = trial;
  if (!course.wasHealthy) return isVoid("never healthy for long enough before it");
  if (course.isTaken) return isVoid("other programs want the CPUs");
  if (trial.kind === "undisturbed") return undisturbed(course);
  if (expect.verdict === "silent") return silent(course);
  if (course.stall === null) {
    if (course.waitedMs >= STALL_MS) return isWrong(`no verdict, though the player waited ${course.waitedMs} ms`);
    return isVoid("no stall within the limit");
  }
  if (Date.parse(course.stall.stall.at) < course.injectedAt + LEAST_WINDOWS_MS)
    return isVoid("fewer than two windows before the stall");
  if (!course.recovered || course.final === null) return isVoid("no recovery");
  const outcome = judged(expect, course.final);
  return outcome.outcome === "right" ? ofClocks(trial, course.final) : outcome;
}

function undisturbed({ stall, waitedMs }) {
  if (stall?.verdict === "element") return isWrong(`element ${stall.element?.path} was blamed`);
  return waitedMs >= STALL_MS ? isWrong(`no verdict, though a player waited ${waitedMs} ms`) : isRight;
}

function silent({ stall, waitedMs }) {
  if (waitedMs >= STALL_MS) return isVoid(`the player stalled by itself for ${waitedMs} ms`);
  return stall === null ? isRight : isWrong(`a stall was attributed: ${stall.verdict}`);
}

function judged(expect, final) {
  if (final.verdict !== expect.verdict) return isWrong(`verdict ${final.verdict}`);
  if (expect.element !== undefined && !new RegExp(`${expect.element}$`).test(final.element?.path ?? ""))
    return isWrong(`element ${final.element?.path}`);
  return isRight;
}

/** What is shown may differ from what the clock was shifted by, by the way of an upload. */
const SHOWN_WITHIN_S = 2;

function ofClocks({ agent_clock: agent, player_clock: player }, { evidence, interval }) {
  const told = evidence?.find(({ kind }) => kind === "clock");
  if (agent !== undefined) {
    const by = Math.abs(shiftOf(agent)) / 1000;
    if (told === undefined) return isWrong(`that the clock is wrong by ${by} s is not shown`);
    const isShown = Math.abs(told.numbers.offset_s - by) <= SHOWN_WITHIN_S;
    const isSide = told.sentence.includes(agent.startsWith("-") ? "behind" : "ahead of");
    return isShown && isSide ? isRight : isWrong(`clock ${agent}: ${told.sentence}`);
  }
  if (player === undefined) return isRight;
  if (told !== undefined) return isWrong(`the player's clock was taken for the machine's: ${told.sentence}`);
  return interval?.from_program_time ? isRight : isWrong("the player's clock hid the time of the media");
}

/** Was an element named, at first or in the end, in a trial in which none is at fault? */
export function blamesWrongly({ expect }, { stall, final }) {
  return expect.verdict !== "element" && [stall, final].some((view) => view?.verdict === "element");
}
