// What is a module called on a stack and among a plugin's libraries? As its file is.
// SPDX-License-Identifier: MPL-2.0

/** Name of a module's file, without its folder and without the mark of a file that was deleted since; "" where it has none. */
export const moduleName = (path: string): string => path.replace(/ \(deleted\)$/, "").replace(/^.*\//, "");
