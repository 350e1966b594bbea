// What does a path say? pipeline/bin/element with the real names, a "/" inside a name as "\\/". Pure.
// SPDX-License-Identifier: MPL-2.0

/**
 * Samples between two pushes are booked as "(driver:<path>)", those of threads of an element's own as "(worker:<path>)": CPU time
 * of that element all the same.
 */
export const elementPath = (path: string): string => {
  if (isFactory(path)) return "";
  return /^\((?:driver|worker):(.*)\)$/s.exec(path)?.[1] ?? path;
};
/** Time of some element of that factory, it is not known of which. */
export const isFactory = (path: string): boolean => /^\(factory:[^/]*\)$/.test(path);
export const isDriver = (path: string): boolean => /^\(driver:.*\)$/s.test(path);
export const isWorker = (path: string): boolean => /^\(worker:.*\)$/s.test(path);

/** Row of a pad that no element has. */
export const ofNobody = (pad: string): string => `(no element)/${pad.replaceAll("/", "\\/")}`;

/** Names along a path; "\/" is a "/" inside a name. */
export function pathParts(path: string): string[] {
  return path.split(/(?<!\\)\//).map((part) => part.replaceAll("\\/", "/"));
}

/** First part of a path as it stands there: a "/" in a pipeline's name is "\\/" in the topology, too. */
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
