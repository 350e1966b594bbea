// How does a message of protobuf say how long a field is? By one of four types, in the last bits of its tag.
// SPDX-License-Identifier: MPL-2.0

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;
/** Bytes of the longest number. */
export const LONGEST_VARINT = 10;
