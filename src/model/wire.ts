// Which numbers and lists has the segment? Generated from native/wire by scripts/wire-tables.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0

/** The first eight bytes of a segment. */
export const MAGIC = "GSTPGYS1";
/** Frames before the middle of a stack that was too deep. */
export const LEAF_FRAMES = 192;
/** Offsets of frames that are in no module. */
export const FRAME_UNLOADED = 1;
export const FRAME_UNSEEN = 2;
/** What a blocked sample waits for: its thread could run, but was on no CPU. */
export const WAIT_CPU = -2;
/** Set in a sample's element: between two pushes, in the loop of that element. */
export const ELEMENT_DRIVER = 2147483648;
/** Bits of an element's flags. */
export const ELEMENT_BIN = 1;
export const ELEMENT_SOURCE = 2;
export const ELEMENT_SINK = 4;
export const ELEMENT_LEAKY = 8;
export const ELEMENT_SYNC = 16;
/** What named a function, in its line of the directory. */
export const FUNCTION_FROM_TYPE = "t";
export const FUNCTION_FROM_ROLE = "r";
/** Of a latency: below this share of its buffers, what matched may have matched by chance. */
export const BELIEVED_SHARE = 0.5;
/** Threads of one name have smaller numbers. */
export const MAX_THREAD_NUMBER = 4096;
/** Places in the segment, the same in every version. */
export const AGENT_VERSION_AT = 144;
export const REFUSAL_AT = 148;
/** A refusal: this Node is too old for the agent. */
export const REFUSED_NODE = 5;

/** Flow returns, by number. */
// biome-ignore format: as the header has it
export const flowNames = ["ok", "eos", "flushing", "not-linked", "not-negotiated", "error", "not-supported", "other"] as const;

/** What a span was, by number. */
// biome-ignore format: as the header has it
export const spanKinds = ["", "push", "push-list", "pull"] as const;

/** What a module is, by number. */
// biome-ignore format: as the header has it
export const moduleKinds = ["file", "vdso", "jit", "anon"] as const;
