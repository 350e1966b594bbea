// Whose time is a sample, in words, from the pipeline to its thread? And what did a thread wait in that did not run?
// SPDX-License-Identifier: MPL-2.0

import type { StackSample } from "../model/recorded-profiles.js";
import { LOOP, WORKERS } from "./flame.js";
import { elementPath, isDriver, isFactory, isWorker, pathParts } from "./paths.js";

type Owned = Pick<StackSample, "path" | "thread">;

/** Pipeline, element, a part of the element, thread: as many of them as are known, as the flame graph has them. */
export function placeNames({ path, thread }: Owned): string[] {
  return [...elementNames(path), thread || "(unknown thread)"];
}

function elementNames(path: string): string[] {
  if (path === "") return ["(outside of elements)"];
  if (isFactory(path)) return [`(some ${path.slice("(factory:".length, -1)})`];
  const own = elementPath(path);
  const [pipeline = "", ...names] = pathParts(own);
  const part = isDriver(path) ? [LOOP] : isWorker(path) ? [WORKERS] : [];
  return [...(names.length > 0 ? [pipeline, names.join("/")] : [own]), ...part];
}

/** The last frame of a thread that did not run; "" = it ran. */
export const waitName = ({ blockedOn }: Pick<StackSample, "blockedOn">): string =>
  blockedOn === "" ? "" : blockedOn === "cpu" ? "(ready, waits for a CPU)" : `(blocked in ${blockedOn})`;
