// How is a package loaded that is no part of the program? As any module would; in a file whose compiled code is kept, by who loads that.
// SPDX-License-Identifier: MPL-2.0

/** What src/start gives the file: V8 forgets where kept code may import from. */
declare const importOutside: ((name: string) => Promise<unknown>) | undefined;

export const importPackage = (name: string): Promise<unknown> =>
  typeof importOutside === "function" ? importOutside(name) : import(name);
