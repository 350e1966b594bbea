// Was the machine too slow for the whole pipeline?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { BUSY } from "./baseline.js";
import { fastLoads, wayEvidence } from "./delivery.js";
import { fact, nameOf, quoted } from "./facts.js";
import { type Finding, finding, type Known, published } from "./finding.js";
import type { Line } from "./measure.js";
import { median, positive } from "./numbers.js";

/** A wait for a CPU that is longer than usual by this, in seconds per second of media, may be a cause. */
const TELLING = 0.25;

export function slowMachine(known: Known): Finding | null {
  const { likeFactor, alike, lines, totals, nominal } = known.measured;
  const busy = lines.filter(({ thread }) => thread.spent >= BUSY);
  const grown = likeFactor >= 1.5 && alike >= 3 && busy.length > 0;
  const waiting = waitingThread(known, busy);
  const pressed = pressure(known);
  const starved = lines.filter(({ element }) => {
    const usual = positive(nominal?.elements[element.path]?.ready);
    return positive(element.blocked?.cpu_ready) / totals.wall - usual > 0.1;
  });
  const threads = new Set(starved.flatMap(({ element, thread }) => thread.name ?? element.path)).size;
  if (!grown && waiting.length === 0 && !(pressed.length > 0 && threads >= 3)) return null;
  const needed = [{ elements: alike }, " elements alike needed ", { factor: likeFactor }, " times their usual time"];
  const like = likeFactor >= 1.2 && alike >= 2 ? [fact("like_factor")`${machineOf(known)}, ${needed}.`] : [];
  const way = wayEvidence(known.input.stall);
  const signs = [grown ? like : [], waiting, pressed, grown ? [] : like].filter((sign) => sign.length > 0);
  const [first = [], ...others] = signs;
  const sure = [grown, waiting.length > 0, pressed.length > 0].filter(Boolean).length;
  const more = way ? [way.evidence] : fastLoads(known.input.stall);
  return finding("host", Math.min(2, sure), [...first, ...published(known)], [...others.flat(), ...more]);
}

/** With a CPU at each time its thread would have been in time, and it waited for one longer than usual. */
export const isUnserved = (line: Line): boolean => line.thread.demand < 1 && longer(line) >= TELLING;
const usually = ({ usual, usualSpent }: Line) => usualSpent - (usual ?? 0);
const longer = (line: Line) => line.spent - line.demand - usually(line);

const machineOf = ({ measured }: Known) => `On the machine ${quoted(measured.inside.at(-1)?.window.host ?? "")}`;

function waitingThread(known: Known, busy: Line[]): Evidence[] {
  const [worst] = busy.filter(isUnserved).toSorted((a, b) => longer(b) - longer(a));
  if (worst === undefined) return [];
  const { element, thread, spent, demand } = worst;
  const [waited, usual] = [spent - demand, usually(worst)];
  const who = `${machineOf(known)}, ${nameOf(element.path)}`;
  const said = fact("pressure", thread.name ?? element.path);
  return [said`${who} waited ${{ waited }} s for a CPU per second of media, usually ${{ usual }} s.`];
}

/** The machine's own word for it, if it is worse than before. */
function pressure({ pipeline, measured }: Known): Evidence[] {
  const from = measured.inside[0]?.fromMs ?? 0;
  const before = pipeline.windows.filter((one) => one.toMs <= from).map(({ window }) => window.machine);
  const now = measured.inside.map(({ window }) => window.machine);
  const told = (name: "pressure" | "steal", least: number, rise: number, text: string) => {
    const middle = (all: typeof now) => median(all.map((machine) => positive(machine[name])));
    const [share, usual] = [middle(now), middle(before)];
    if (share < least || share < usual + rise) return [];
    return [fact("pressure")`${text} ${{ share }} of the time, before ${{ usual }}.`];
  };
  return [
    ...told("pressure", 0.4, 0.2, "Tasks of the machine waited for a CPU"),
    ...told("steal", 0.1, 0.05, "Other virtual machines took the CPU"),
  ];
}
