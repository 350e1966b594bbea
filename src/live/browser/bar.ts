// What does the page say of the process, and what can be chosen beside the figures? State, losses, process, range, pause, capture.
// SPDX-License-Identifier: MPL-2.0

import { count, plural } from "../../analysis/units.js";
import { byId, fill, foreign, h, write } from "../../page/browser/dom.js";
import type { LiveRange, TargetStatus } from "../live-target.js";
import type { Shown } from "./agent-api.js";

export interface BarActions {
  follow(lastS: number | null): void;
  pause(): void;
  save(): void;
  target(id: number): void;
}

export type State = "running" | "paused" | "ended" | "lost";

/** A share of samples below which what is lost changes no conclusion. */
const MOST_LOST = 0.01;
/** Seconds of the buttons; the agent keeps ten minutes. */
const ranges = [2, 10, 60, null] as const;

export class Bar {
  readonly #buttons = new Map<number | null, HTMLButtonElement>();
  readonly #choice = byId("live-target") as HTMLSelectElement;

  constructor(actions: BarActions) {
    for (const seconds of ranges) {
      const text = seconds === null ? "all" : `${seconds} s`;
      const title =
        seconds === null ? "Show all that is kept, ten minutes at most" : `Show the last ${seconds} seconds`;
      const button = h("button", { type: "button", "aria-pressed": "false", title }, text);
      button.addEventListener("click", () => actions.follow(seconds));
      this.#buttons.set(seconds, button);
    }
    byId("live-follow").append(...this.#buttons.values());
    byId("live-pause").addEventListener("click", actions.pause);
    byId("live-save").addEventListener("click", actions.save);
    this.#choice.addEventListener("change", () => actions.target(Number(this.#choice.value)));
  }

  /** `at`: since when it is so. */
  state(state: State, at: Date): void {
    const time = at.toLocaleTimeString([], { hour12: false });
    const says = {
      running: "running",
      paused: `paused at ${time}`,
      ended: `ended at ${time}`,
      lost: "connection lost, trying again",
    };
    const element = byId("live-state");
    element.dataset.state = state;
    write(element, says[state]);
    byId("live-pause").setAttribute("aria-pressed", String(state === "paused"));
    (byId("live-pause") as HTMLButtonElement).disabled = state === "ended"; // nothing moves any more
    write(byId("strip-end"), state === "ended" ? "end" : "now");
    write(byId("live-pause"), state === "paused" ? "Resume" : "Pause");
  }

  /** What stands of the process in the first line. */
  target(status: TargetStatus): void {
    const { service, pid, uptimeNs, samples, losses } = status;
    const of = [`pid ${pid}`, `${age(uptimeNs)} old`, plural(samples, "sample")];
    fill(byId("facts"), foreign(service), ` · ${of.join(" · ")}`);
    const lost = Object.values(losses).reduce((sum, n) => sum + n, 0);
    const isOff = status.state === "running" && !status.settings.enabled;
    const off = isOff ? `recording is off (gst-pyroscope set ${pid} enabled=true), ` : "";
    write(byId("live-losses"), `${off}${lost === 0 ? "nothing lost" : `${count(lost)} lost`}`);
    byId("live-losses").classList.toggle("warn", lost > MOST_LOST * (samples + lost));
    byId("live-losses").title = Object.entries(losses)
      .map(([reason, n]) => `${reason}: ${count(n)}`)
      .join("\n");
    document.title = `${service} · live`;
  }

  /** A choice only where there is one. */
  targets(all: readonly TargetStatus[], chosen: number): void {
    this.#choice.hidden = all.length < 2;
    const options = all.map(({ id, pid, service, state }) => {
      const name = `${service}, pid ${pid}${state === "ended" ? ", ended" : ""}`;
      return h("option", { value: String(id), ...(id === chosen && { selected: "" }) }, name);
    });
    fill(this.#choice, ...options);
    this.#choice.value = String(chosen);
  }

  /** `range`: what that is on the strip, whose newest window ends at `endNs`. */
  shown(shown: Shown, range: LiveRange, endNs: number): void {
    for (const [seconds, button] of this.#buttons)
      button.setAttribute("aria-pressed", String("lastS" in shown && shown.lastS === seconds));
    const chosen = "fromNs" in shown;
    byId("live-back").hidden = !chosen;
    const text = `${age(range.toNs - range.fromNs)} that began ${age(endNs - range.fromNs)} before the newest figures`;
    write(byId("live-range"), chosen ? `Shown: ${text}.` : "");
  }

  note(text: string): void {
    write(byId("live-note"), text);
  }
}

/** "45 s", "12 min 5 s", "3 h 5 min". */
function age(ns: number): string {
  const seconds = Math.max(0, Math.round(ns / 1e9));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  const rest = seconds % 60 === 0 && minutes > 0 ? "" : `${seconds % 60} s`;
  return [minutes === 0 ? "" : `${minutes} min`, rest].filter(Boolean).join(" ");
}
