// What does a path say? pipeline/bin/element with the real names, a "/" inside a name as "\\/", a "(" that begins it as "\\(". Pure.
// SPDX-License-Identifier: MPL-2.0

/**
 * Path of the element that a sample's CPU time belongs to. "(driver:<path>)" is time between two pushes of the element's loop,
 * "(worker:<path>)" time of the element's own threads; both belong to <path>. "" where only the factory is known.
 */
export const elementPath = (path: string): string => {
  if (isFactory(path)) return "";
  return /^\((?:driver|worker):(.*)\)$/s.exec(path)?.[1] ?? path;
};
/** "(factory:x264enc)": time of some element of that factory; which one is not known. */
export const isFactory = (path: string): boolean => /^\(factory:[^/]*\)$/.test(path);
/** Time between two pushes of the loop of the element in it; see elementPath. */
export const isDriver = (path: string): boolean => /^\(driver:.*\)$/s.test(path);
/** Time of threads that the element in it started for itself; see elementPath. */
export const isWorker = (path: string): boolean => /^\(worker:.*\)$/s.test(path);

/** Path of the report's row for a pad that belongs to no element. */
export const withoutElement = (pad: string): string => `(no element)/${pad.replaceAll("/", "\\/")}`;

const WITHOUT_ELEMENT = withoutElement("");
export const isWithoutElement = (path: string): boolean => path.startsWith(WITHOUT_ELEMENT);

/** The names in a path, pipeline first; an escaped "\/" becomes the "/" that is inside of a name. */
export function pathParts(path: string): string[] {
  const parts = path.replace(/^\\\(/, "(").split(/(?<!\\)\//);
  return parts.map((part) => part.replaceAll("\\/", "/"));
}

/** The names below the pipeline, as "bin/element"; "" where there are none. */
export const belowPipeline = (path: string): string => pathParts(path).slice(1).join("/");

/** The pipeline's name at the beginning of a path, still escaped, as the topology has it. */
export const pipelineOf = (path: string): string => path.split(/(?<!\\)\//)[0] ?? "";

/** Bins in bins; a path of 64 thousand slashes was not made by GStreamer. */
const MAX_PARENTS = 32;

/** The path itself and all that it lies in, from the pipeline on. */
export function withParents(path: string): string[] {
  const all = [path];
  for (const { index } of path.matchAll(/(?<!\\)\//g)) {
    if (all.length > MAX_PARENTS) break;
    all.push(path.slice(0, index));
  }
  return all;
}
