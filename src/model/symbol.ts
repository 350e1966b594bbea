// What is asked about addresses of a module, and what is answered?
// SPDX-License-Identifier: MPL-2.0

/** What a module looks like on disk. Offsets are ELF virtual addresses. */
export interface SymbolQuery {
  /** Path as mapped by the target. */
  path: string;
  /** Hex; "" if the module has none. A file with another build-id is not used. */
  buildId: string;
  /** Path prefix through which the target's files are seen ("" or "/proc/<pid>/root"). */
  root: string;
  offsets: Float64Array;
}

/** One answer per offset. */
export interface SymbolAnswer {
  /** "" = no symbol covers the offset. */
  names: string[];
  /** Start of the function by symbol or FDE, or of the code around the offset that neither describes; -1 = no code. */
  starts: Float64Array;
  /** 1 = `starts` is that of a function. */
  inFunction: Uint8Array;
  /** Why the file was not used, or "". */
  problem: string;
}
