// Who calls code without CFI? Functions with CFI, in every way there is. Each name is what the tests look for.
// SPDX-License-Identifier: MPL-2.0
#include <stdlib.h>

typedef int (*work)(long);
extern int asm_tiny(long), asm_bare(long), asm_large_frame(long), asm_clobbers_rbp(long), asm_with_helper(long),
    asm_realigned(long), asm_frame_pointer(long);
#define CALLER __attribute__((noinline, noclone, visibility("default")))

volatile int sink;

// Leaves return addresses all over the stack that the next call will reserve.
CALLER int litter(int depth, work deeper) {
  volatile char block[64];
  block[depth & 63] = (char)depth;
  if (depth > 0) sink += deeper ? deeper(1) : 0;
  int below = depth > 0 ? litter(depth - 1, deeper) : 0;
  return below + block[depth & 63];
}
CALLER int by_pointer(work function, long rounds) {
  sink = litter(40, asm_tiny);
  int result = function(rounds);
  sink = result;
  return result + 1;
}
CALLER __attribute__((optimize("no-omit-frame-pointer"))) int by_pointer_with_frame_pointer(work function,
                                                                                            long rounds) {
  volatile char *block = __builtin_alloca((size_t)(rounds & 255) + 16);
  block[3] = 1;
  int result = function(rounds);
  sink = result + block[3];
  return result + 1;
}
CALLER int directly(long rounds) {
  sink = litter(40, asm_tiny);
  int result = asm_bare(rounds);
  sink = result;
  return result + 1;
}
CALLER int large_directly(long rounds) {
  sink = litter(40, asm_tiny);
  int result = asm_large_frame(rounds);
  sink = result;
  return result + 1;
}
CALLER int jumps(work function, long rounds) { return function(rounds); }
CALLER int by_jump(work function, long rounds) {
  int result = jumps(function, rounds);
  sink = result;
  return result + 1;
}
