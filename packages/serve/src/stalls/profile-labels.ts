// Under which labels does a profile server have an element? By its name, not by its path; what GStreamer named has a number of its own there.
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow } from "@gst-pyroscope/contract/window";

export const CPU_PROFILE = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

type Named = Pick<ElementWindow, "path" | "factory">;

const nameOf = (path: string): string => path.split("/").at(-1) ?? path;
const isNumbered = ({ path, factory }: Named): boolean =>
  nameOf(path).startsWith(factory) && /^\d+$/.test(nameOf(path).slice(factory.length));

/** As a label: its name. */
export const labelOf = ({ path }: Named): string => nameOf(path);

/** Which samples, as Pyroscope's selectors are written; null element: all of the process. */
export const selectorOf = (service: string, element: Named | null): string =>
  `${CPU_PROFILE}{${matchersOf(service, element)}}`;

/** Without the type of profile. */
export function matchersOf(service: string, element: Named | null): string {
  const matcher = element === null ? "" : `, element${matcherOf(element)}`;
  return `service_name=${JSON.stringify(service)}${matcher}`;
}

function matcherOf(element: Named): string {
  if (!isNumbered(element)) return `=${JSON.stringify(nameOf(element.path))}`;
  return `=~${JSON.stringify(`${escaped(element.factory)}[0-9]+`)}`;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** Whether that names the element alone among those of its pipeline. */
export function isUnique(element: Named, all: readonly Named[]): boolean {
  const same = (other: Named): boolean =>
    isNumbered(element)
      ? isNumbered(other) && other.factory === element.factory
      : nameOf(other.path) === nameOf(element.path);
  return all.filter(same).length <= 1;
}
