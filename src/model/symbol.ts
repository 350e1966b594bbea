// What is asked about addresses of a module, and what is answered?
// SPDX-License-Identifier: MPL-2.0

/** Stands for stacks that were too many to keep each. */
export const FOLDED_FRAME = "(other stacks)";

/** Code that ORC made at run time … */
export const GENERATED_CODE = "[orc jit]";
/** … once the wrapper is known that it was made for. */
export const GENERATED_FOR = "[orc] ";

/** Characters of a function's name and of a path, in a profile. */
export const MAX_NAME = 2048;
export const MAX_PATH = 4096;

/** What a module looks like on disk. Offsets are ELF virtual addresses. */
export interface SymbolQuery {
  /** Path as mapped by the target. */
  path: string;
  /** Hex; "" if the module has none. A file with another build-id is not used. */
  buildId: string;
  /** Path prefix through which the target's files are seen ("" or "/proc/<pid>/root"). */
  root: string;
  /** One more file that may know the names, as we see it; used if it is of the same build. */
  debugFile?: string;
  /** None: only whether the file is there and of this build. */
  offsets: Float64Array;
}

/** One function at an address; several where functions were inlined. */
export interface FrameLine {
  name: string;
  /** Source file, "" if not known. */
  file: string;
  /** 0: not known. */
  line: number;
}

/** What names a function that has no symbol: its class, an interface or a pad (type), or what it was seen to do (role). */
export type NameOrigin = "type" | "role";

/** What an address is called. */
export interface FrameName {
  name: string;
  /** True: a symbol. False: what `origin` says, else module and function start, or less. */
  named: boolean;
  /** Of a frame in a function without a symbol: where that begins. */
  start?: number;
  /** What named it in the place of a symbol. */
  origin?: NameOrigin;
  /** Of one with an origin: what it would be called without. */
  raw?: string;
  /** The innermost inlined function first, last the function itself, which is `name`. */
  lines?: readonly FrameLine[];
}

/** One answer per offset. */
export interface SymbolAnswer {
  /** "" = no symbol covers the offset. */
  names: string[];
  /** Start of the function by symbol or FDE, or of the code around the offset that neither describes; -1 = no code. */
  starts: Float64Array;
  /** 1 = `starts` is that of a function. */
  inFunction: Uint8Array;
  /** How many of `lines` belong to each offset, the innermost inlined function first; 0 = none known. */
  lineCounts: Uint8Array;
  /** Three numbers a line: function and file, by their places in `texts`, and the line. */
  lines: Uint32Array;
  texts: string[];
  /** Why the module's own file was not used, or "". */
  problem: string;
  /** Where the best names come from: "", ".dynsym", ".gnu_debugdata", "build-id", "debuglink", "debuginfod", ".symtab". */
  source: string;
  /** A file with lines was found. */
  hasLines: boolean;
}

/** What a module's file says of itself. */
export interface ModuleFacts {
  /** Hex; "" if it has none. */
  buildId: string;
  /** File names of the libraries that it is linked with. */
  needed: string[];
  /** Its .eh_frame describes a function: stacks do not end in it. */
  hasFrames: boolean;
}
